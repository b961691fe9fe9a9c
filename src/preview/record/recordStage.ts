import { Deadline } from "./deadline";
import { startLoopbackServer } from "./loopbackServer";
import type { ProjectFile } from "./projectFile";
import { ConsequenceError } from "./referenceBoard";
import type { ReferenceBoard } from "./referenceBoard";
import type { ProgramExit } from "./runProgram";
import { runProgram } from "./runProgram";
import type { Slots } from "./slots";
import type { StackConfig } from "./stackConfig";
import { StageRecord } from "./stageRecord";
import type { StageFailure } from "./stageFailure";
import { explainFailure } from "./stageFailure";

/** What all stages of one recording share. */
export interface RecordingContext {
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
export interface StageRun {
  record: StageRecord;
  failure?: StageFailure;
}

/** Runs the program for one stage against a server of its own. Problems of the stage are returned, not thrown. */
export async function recordStage(context: RecordingContext, stack: string, config: StackConfig): Promise<StageRun> {
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
