import type { ListrDefaultRendererLogLevels, ListrTask } from "listr2";
import type { WriteStream } from "node:tty";
import { loadPackage } from "../base/packages";
import { flowedText, flowText, timeText } from "../base/text/units";
import { escapeUnsafe } from "../base/text/unsafe";
import {
  type Finished,
  type PhaseListener,
  type PhaseReport,
  type PhaseTime,
  runTransaction,
  type Transaction,
} from "../images/phases";
import { type Io, isLive } from "./io";

/** Milliseconds between two pictures of a flow. */
const EVERY = 200;

/** What a line of the list waits for: its phase, or the end of the transaction before it. */
class Begun {
  private resolve: (run: (report: PhaseReport) => Promise<void>) => void = () => undefined;
  private reject: (why: unknown) => void = () => undefined;
  readonly phase = new Promise<(report: PhaseReport) => Promise<void>>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    // Nobody waits for the phases behind the one that failed.
    this.phase.catch(() => undefined);
  }

  /** Lets the line run its phase. @returns what the phase results in */
  begin<Result>(run: (report: PhaseReport) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.resolve((report) =>
        run(report).then(resolve, (error: unknown) => {
          reject(error instanceof Error ? error : new Error(String(error), { cause: error }));
          throw error;
        }),
      );
    });
  }

  giveUp(why: unknown): void {
    this.reject(why);
  }
}

/** Shows the phases as a live list on the terminal of standard error: bytes, rate and time left while bytes flow. */
async function showPhases<Result>(
  { phases, run }: Transaction<Result>,
  terminal: WriteStream,
): Promise<Finished<Result>> {
  const { Listr, ListrLogger, ProcessOutput } = loadPackage("listr2");
  const times: PhaseTime[] = [];
  const logger = new ListrLogger<ListrDefaultRendererLogLevels>({
    processOutput: new ProcessOutput(terminal, terminal),
  });
  const begun = new Map(phases.map((name) => [name, new Begun()]));
  const tasks = [...begun].map(([name, { phase }]): ListrTask => ({
    title: name,
    rendererOptions: { outputBar: Number.POSITIVE_INFINITY, persistentOutput: true },
    task: async (_: unknown, task: { title: string; output: string }) => {
      const work = await phase;
      const start = performance.now();
      let [done, total, drawnAt] = [0, 0, 0];
      const bytes = (count: number) => {
        done += count;
        const now = performance.now();
        if (now - drawnAt < EVERY) return;
        drawnAt = now;
        task.title = `${name}: ${flowText(done, total, now - start)}`;
      };
      await work({ bytes, total: (more) => (total += more), note: (line) => (task.output = escapeUnsafe(line)) });
      const milliseconds = performance.now() - start;
      times.push({ phase: name, milliseconds });
      task.title = `${name}: ${timeText(milliseconds)}${done > 0 ? `, ${flowedText(done, total, milliseconds)}` : ""}`;
    },
  }));
  const list = new Listr(tasks, { exitOnError: true, rendererOptions: { logger, collapseErrors: false } }).run();
  const transaction = run((name, work) => {
    const line = begun.get(name);
    if (!line) throw new Error(`Phase ${name} is not on the transaction's list`);
    return line.begin(work);
  });
  // A line whose phase never begins would wait for ever.
  const end = (why: unknown) => begun.forEach((line) => line.giveUp(why));
  transaction.then(() => end(new Error("The transaction ended before its last phase")), end);
  // The list's own end comes first, so that it is whole on the terminal before anything else is written there.
  await list;
  return { result: await transaction, times };
}

/** Runs a transaction where people can follow: a live list on a terminal, a line a phase elsewhere. */
export async function followPhases<Result>(
  transaction: Transaction<Result>,
  io: Io,
  lead = "",
): Promise<Finished<Result>> {
  const { stderr } = io;
  if (lead === "" && stderr.terminal && isLive(io)) return showPhases(transaction, stderr.terminal);
  const listener = lines((text) => stderr.write(`${lead}${text}\n`));
  return runTransaction(transaction, listener);
}

/** A line when a phase ends, with its time and what flowed; notes as they come. */
function lines(write: (text: string) => void): PhaseListener {
  const flowed = new Map<string, { bytes: number; total: number }>();
  return {
    begin: (phase) => {
      const flow = { bytes: 0, total: 0 };
      flowed.set(phase, flow);
      return {
        total: (bytes) => (flow.total += bytes),
        bytes: (count) => (flow.bytes += count),
        note: (line) => write(`${phase}: ${line}`),
      };
    },
    end: (phase, milliseconds) => {
      const { bytes, total } = flowed.get(phase) ?? { bytes: 0, total: 0 };
      write(`${phase}: ${timeText(milliseconds)}${bytes > 0 ? `, ${flowedText(bytes, total, milliseconds)}` : ""}`);
    },
  };
}
