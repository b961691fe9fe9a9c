import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { DualRegistryError } from "../../base/errors";
import {
  listStages,
  type ProjectFile,
  readProjectFile,
  readStackConfig,
  type StackConfig,
  stageFileName,
} from "../../project";
import type { Recording } from "../recording";
import { type RecordingContext, recordStage, Slots, type StageRun } from "./recordStage";
import { ReferenceBoard, type StageOutcome } from "./referenceBoard";
import { findRuntime, type StageFailure } from "./runProgram";

export type { StageFailure } from "./runProgram";

/** How far a stage is; `resources` counts what it has registered. */
export type StageProgress = (stack: string, event: "started" | "finished" | "failed", resources: number) => void;

/** What to record. */
export interface RecordRequest {
  /** Folder of Pulumi.yaml. */
  projectDir: string;
  /** Default: every stage that has a `Pulumi.<stage>.yaml`, sorted. */
  stages?: readonly string[];
  onProgress?: StageProgress;
  /** Programs that run at a time. Default: one more than there are cores, since each waits now and then. */
  concurrency?: number;
  /** The folder whose installed @pulumi/pulumi runs the program; default `projectDir`. */
  runtimeDir?: string;
  /** How long a program may register nothing, not counting waits for other stages, in seconds; default 120. */
  timeoutSeconds?: number;
  /** Default true: errors are told without colours; see childPreload.mjs. */
  preload?: boolean;
}

/** Every requested stage is in one of the two; a failed stage that others refer to is told among the failures too. */
export interface RecordResult {
  /** In the order of the request. */
  recordings: ReadonlyMap<string, Recording>;
  /** Sorted by stack. */
  failures: readonly StageFailure[];
}

/** What the programs warned of, each once, in the order of the stages. */
export function warningsOf(recordings: Iterable<Recording>): string[] {
  const warnings = [...recordings].flatMap(({ logs }) => logs.filter(({ severity }) => severity === "warning"));
  return [...new Set(warnings.map(({ message }) => message))];
}

/** What ends this process from outside; its children end first. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs the program once for each stage, all at once, and records what it would have the engine do. A stage that another
 * refers to is recorded for its answer even if nobody asked for it.
 *
 * @throws DualRegistryError CONFIG_INVALID for Pulumi.yaml and the requested stages' files, before any program starts;
 *   PREVIEW_FAILED when no Pulumi runtime is installed
 */
export async function recordStages(request: RecordRequest): Promise<RecordResult> {
  const project = readProjectFile(request.projectDir);
  const stages = request.stages ?? listStages(project);
  const configs = readConfigs(project, stages);
  const runtime = findRuntime(request.runtimeDir ?? request.projectDir);
  const stop = new AbortController();
  const endChildren = (): void => stop.abort();
  const interrupt = (signal: NodeJS.Signals): void => {
    endChildren();
    process.kill(process.pid, signal);
  };
  process.once("exit", endChildren);
  for (const signal of SIGNALS) process.once(signal, interrupt);
  const runs = new Map<string, Promise<StageRun>>();
  const start = (stack: string): Promise<StageRun> => {
    const run = runs.get(stack) ?? runStage(context, stack, configs.get(stack), request.onProgress);
    runs.set(stack, run);
    return run;
  };
  const board = new ReferenceBoard({
    project: project.name,
    exists: (stack) => existsSync(join(project.stackDir, stageFileName(stack))),
    outcome: async (stack) => outcomeOf(await start(stack)),
  });
  const slots = new Slots(request.concurrency ?? availableParallelism() + 1);
  const timeoutSeconds = request.timeoutSeconds ?? 120;
  const preload = request.preload ?? true;
  const context: RecordingContext = { project, runtime, board, slots, timeoutSeconds, preload, signal: stop.signal };
  try {
    await Promise.all(stages.map(start));
    return collect(stages, await Promise.all(runs.values()));
  } finally {
    endChildren();
    process.removeListener("exit", endChildren);
    for (const signal of SIGNALS) process.removeListener(signal, interrupt);
  }
}

/** The stage files of all requested stages; every bad one is named in one error. */
function readConfigs(project: ProjectFile, stages: readonly string[]): Map<string, StackConfig> {
  const configs = new Map<string, StackConfig>();
  const problems: string[] = [];
  for (const stack of new Set(stages)) {
    try {
      configs.set(stack, readStackConfig(project, stack));
    } catch (error) {
      if (!(error instanceof DualRegistryError)) throw error;
      problems.push(error.message);
    }
  }
  if (stages.length === 0) problems.push(`There is no Pulumi.<stage>.yaml in ${project.stackDir}: write one first`);
  if (problems.length > 0) throw new DualRegistryError("CONFIG_INVALID", problems.join("\n"));
  return configs;
}

async function runStage(
  context: RecordingContext,
  stack: string,
  config: StackConfig | undefined,
  onProgress: StageProgress = () => undefined,
): Promise<StageRun> {
  onProgress(stack, "started", 0);
  const run = await recordStage(context, stack, config ?? readStackConfig(context.project, stack));
  onProgress(stack, run.failure === undefined ? "finished" : "failed", run.record.resources.size);
  return run;
}

function outcomeOf(run: StageRun): StageOutcome {
  return run.failure === undefined
    ? { failed: false, outputs: run.record.stackOutputs ?? new Struct() }
    : { failed: true };
}

function collect(stages: readonly string[], runs: readonly StageRun[]): RecordResult {
  const byStack = new Map(runs.map((run) => [run.record.stack, run]));
  const recordings = new Map<string, Recording>();
  for (const stack of stages) {
    const run = byStack.get(stack);
    if (run !== undefined && run.failure === undefined) recordings.set(stack, run.record.finish());
  }
  const failures = runs.flatMap((run) => run.failure ?? []);
  return { recordings, failures: failures.sort((a, b) => (a.stack < b.stack ? -1 : 1)) };
}
