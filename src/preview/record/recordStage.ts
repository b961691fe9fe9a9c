import { SECRET } from "../../base/placeholders";
import type { ProjectFile, StackConfig } from "../../project";
import { startLoopbackServer } from "./monitor";
import { ConsequenceError, type ReferenceBoard } from "./referenceBoard";
import { explainFailure, type ProgramExit, runProgram, type StageFailure } from "./runProgram";
import { StageRecord } from "./stageRecord";

/** What all stages of one recording share. */
export interface RecordingContext {
  project: ProjectFile;
  /** Entry of Pulumi's Node runtime. */
  runtime: string;
  board: ReferenceBoard;
  slots: Slots;
  /** How long a program may register nothing, not counting its waits for other stages, in seconds. */
  timeoutSeconds: number;
  /** Whether errors are told without colours; see childPreload.mjs. */
  preload: boolean;
  /** Ends every child when it aborts. */
  signal: AbortSignal;
}

/** One stage's run, whole: what it sent, and why it failed if it did. */
export interface StageRun {
  record: StageRecord;
  failure?: StageFailure;
}

/** Keys that hold a credential, which is never recorded, also where somebody wrote it in plain text. */
const CREDENTIAL = /secret|password|token|appAuth|kubeconfig|credential/i;

/** What the configuration tells providers, without credentials. */
function toldToProviders(project: string, { values, secrets }: StackConfig): Record<string, string> {
  const foreign = Object.entries(values).filter(([key]) => !key.startsWith(`${project}:`));
  const told = foreign.map(([key, value]): [string, string] => {
    const isHidden = secrets.includes(key) || CREDENTIAL.test(key);
    return [key, isHidden ? SECRET : value];
  });
  return Object.fromEntries(told.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Runs the program for one stage against a server of its own. Problems of the stage are returned, not thrown. */
export async function recordStage(context: RecordingContext, stack: string, config: StackConfig): Promise<StageRun> {
  const record = new StageRecord(context.project.name, stack, toldToProviders(context.project.name, config));
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
  const server = await startLoopbackServer(record, { outputsOf }, [context.project.programDir, context.runtime]);
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
export class Slots {
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
