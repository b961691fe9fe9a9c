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
import { startLoopbackServer } from "./monitor";
import { ConsequenceError, ReferenceBoard, type StageOutcome } from "./referenceBoard";
import { explainFailure, findRuntime, type ProgramExit, runProgram, type StageFailure } from "./runProgram";
import { StageRecord } from "./stageRecord";

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
  /** Default true: calls of providers are unknown, and errors told without colours; see childPreload.mjs. */
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

/** What all stages of one recording share. */
interface RecordingContext {
  project: ProjectFile;
  /** Entry of Pulumi's Node runtime. */
  runtime: string;
  board: ReferenceBoard;
  slots: Slots;
  /** How long a program may register nothing, not counting its waits for other stages, in seconds. */
  timeoutSeconds: number;
  /** Whether the runtime is made fit for previews. */
  preload: boolean;
  /** Ends every child when it aborts. */
  signal: AbortSignal;
}

/** One stage's run, whole: what it sent, and why it failed if it did. */
interface StageRun {
  record: StageRecord;
  failure?: StageFailure;
}

/** Runs the program for one stage against a server of its own. Problems of the stage are returned, not thrown. */
async function recordStage(context: RecordingContext, stack: string, config: StackConfig): Promise<StageRun> {
  const record = new StageRecord(context.project.name, stack);
  await context.slots.take();
  const stop = new AbortController();
  record.lastSign = Date.now();
  const deadline = new Deadline(
    context.timeoutSeconds * 1000,
    () => record.lastSign,
    () => stop.abort(),
  );
  const outputsOf = async (reference: string): ReturnType<ReferenceBoard["outputsOf"]> => {
    const ask = (): ReturnType<ReferenceBoard["outputsOf"]> => context.board.outputsOf(stack, reference);
    try {
      return await deadline.pausedFor(() => context.slots.lendFor(ask));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      (error instanceof ConsequenceError ? record.consequences : record.refusals).push(message);
      throw error;
    }
  };
  const server = await startLoopbackServer(record, { outputsOf });
  try {
    const { project, runtime, preload } = context;
    const signal = AbortSignal.any([stop.signal, context.signal]);
    const exit = await runProgram({ project, stack, config, address: server.address, runtime, preload, signal });
    const passed: number | undefined = stop.signal.aborted ? context.timeoutSeconds : undefined;
    return withFailure(record, exit, passed);
  } finally {
    deadline.end();
    server.close();
    context.slots.give();
  }
}

function withFailure(record: StageRecord, exit: ProgramExit, passedSeconds: number | undefined): StageRun {
  const failure = explainFailure(record, exit, passedSeconds);
  return failure === undefined ? { record } : { record, failure };
}

/** A limit on silence, that stands still while its owner waits for somebody else. */
class Deadline {
  private timer: NodeJS.Timeout | undefined;
  private waits = 0;
  private over = false;

  /**
   * Starts at once; `onPassed` is called at most once, and never after `end()`.
   *
   * @param milliseconds how long the silence may be
   * @param lastSign when there was the last sign of life, as `Date.now()` tells it
   */
  constructor(
    private readonly milliseconds: number,
    private readonly lastSign: () => number,
    private readonly onPassed: () => void,
  ) {
    this.start(milliseconds);
  }

  /** Runs something that takes others' time; the limit begins anew when the last of those is done. */
  async pausedFor<T>(work: () => Promise<T>): Promise<T> {
    this.waits += 1;
    clearTimeout(this.timer);
    try {
      return await work();
    } finally {
      this.waits -= 1;
      this.start(this.milliseconds);
    }
  }

  /** Ends the watch. */
  end(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private start(milliseconds: number): void {
    if (this.over || this.waits > 0) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const left = this.milliseconds - (Date.now() - this.lastSign());
      if (left > 0) {
        this.start(left);
        return;
      }
      this.end();
      this.onPassed();
    }, milliseconds);
  }
}

/** At most so many at a time; who waits for another gives its slot back meanwhile. */
class Slots {
  private readonly queue: (() => void)[] = [];

  constructor(private free: number) {}

  /** Resolves when there is a slot, first come first served. */
  async take(): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  /** Hands the slot to the next in the queue. */
  give(): void {
    const next = this.queue.shift();
    if (next === undefined) this.free += 1;
    else next();
  }

  /** Runs something without a slot, and takes one again before it goes on. */
  async lendFor<T>(work: () => Promise<T>): Promise<T> {
    this.give();
    try {
      return await work();
    } finally {
      await this.take();
    }
  }
}
