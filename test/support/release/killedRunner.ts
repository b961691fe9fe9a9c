import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Ground } from "./faultsGround";
import type { Job } from "./faultsJob";
import type { Order, Told } from "./killedChild";

/** How a run in another process ended. */
export interface Ending {
  /** True where it ended by itself before the signal came. */
  finished: boolean;
  /** The phase it was in. */
  phase: string;
  milliseconds: number;
}

/** A process that has everything loaded and waits to be told what to run. */
export class Runner {
  private phase = "before";

  private constructor(private readonly child: ChildProcess) {}

  /** @param warm a job whose outcome nobody looks at: it loads what is loaded lazily */
  static async begin(ground: Ground, warm: Job): Promise<Runner> {
    const child = fork(join(__dirname, "killedChild.ts"), {
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const runner = new Runner(child);
    await runner.order({ ground, warm }, (told) => "ready" in told);
    return runner;
  }

  /** Runs a job and sends `kill -9` after so many milliseconds, unless it is through before. */
  async run(job: Job, killAfter: number): Promise<Ending> {
    const start = performance.now();
    const timer = setTimeout(() => this.child.kill("SIGKILL"), killAfter);
    const finished = await this.order({ job }, (told) => "done" in told);
    clearTimeout(timer);
    return { finished, phase: this.phase, milliseconds: performance.now() - start };
  }

  end(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((ended) => {
      child.once("exit", () => {
        ended();
      });
      child.kill("SIGKILL");
    });
  }

  /** @returns whether the child said that it is done; false where it was killed. @throws what failed there */
  private order(order: Order, isDone: (told: Told) => boolean): Promise<boolean> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      const hear = (told: Told): void => {
        if ("phase" in told) this.phase = told.phase;
        else if ("failed" in told) over(() => reject(new Error(told.failed)));
        else if (isDone(told)) over(() => resolve(true));
      };
      const gone = (code: number | null): void =>
        over(() => (code === null ? resolve(false) : reject(new Error(`the child ended with ${code}`))));
      const over = (then: () => void): void => {
        child.off("message", hear);
        child.off("exit", gone);
        then();
      };
      child.on("message", hear);
      child.on("exit", gone);
      child.send(order);
    });
  }
}
