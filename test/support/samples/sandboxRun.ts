import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SandboxReport } from "../../../samples/sandbox/report";

export const ROOT = resolve(__dirname, "../../..");
const PROGRAM = ["--import", "tsx", join(ROOT, "samples/sandbox.ts")];

/** A sandbox in a process of its own, with a folder for temporary files that is its alone. */
export class SandboxRun {
  /** All that it wrote. */
  readonly printed = { stdout: "", stderr: "" };
  readonly child: ChildProcess;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;

  /**
   * @param args of the command line, beside the format
   * @param temporary the folder for temporary files. Default: a new one
   */
  constructor(
    args: readonly string[],
    readonly temporary = mkdtempSync(join(tmpdir(), "sandbox-test-")),
    env: Readonly<Record<string, string>> = {},
  ) {
    this.child = spawn(process.execPath, [...PROGRAM, "--format", "json", ...args], {
      cwd: ROOT,
      // A group of its own, as a terminal makes one: Ctrl-C there reaches every process of it.
      detached: true,
      // tsx would keep what it transpiled beside the sandbox's folder.
      env: { ...process.env, TSX_DISABLE_CACHE: "1", TMPDIR: temporary, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const name of ["stdout", "stderr"] as const) {
      this.child[name]?.setEncoding("utf8").on("data", (text: string) => (this.printed[name] += text));
    }
    this.ended = new Promise((done) => this.child.once("close", (code, signal) => done(code ?? signal)));
  }

  /** Waits until it is ready. @throws Error with what it said where it ends instead */
  async ready(): Promise<SandboxReport> {
    await this.until(() => this.printed.stdout.endsWith("}\n"));
    return JSON.parse(this.printed.stdout) as SandboxReport;
  }

  /** Waits for something. @throws Error with what it said where it ends before */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the sandbox ended: ${JSON.stringify(this.printed)}`);
      }
      await sleep(20);
    }
  }

  /** Its folder, where it has one by now. */
  get folder(): string | undefined {
    return readdirSync(this.temporary).find((name) => name.startsWith("dualreg-sandbox-"));
  }

  /** Ctrl-C of a terminal: a signal to every process of its group. */
  interrupt(): void {
    process.kill(-(this.child.pid ?? 0), "SIGINT");
  }

  /** Waits until nothing of it is left: no process, no file, no port. */
  async untilGone(ports: readonly number[]): Promise<void> {
    while (this.processes().length > 0 || readdirSync(this.temporary).length > 0) await sleep(50);
    for (const port of ports) while (await answers(port)) await sleep(50);
  }

  /** Ids of the processes that have its folder for temporary files, or one below it. Source: proc(5), environ. */
  processes(): readonly string[] {
    return readdirSync("/proc").filter((id) => {
      if (!/^\d+$/.test(id)) return false;
      try {
        return readFileSync(`/proc/${id}/environ`, "utf8").includes(`TMPDIR=${this.temporary}`);
      } catch {
        return false;
      }
    });
  }

  /** Ends it if a test did not, and removes the folder. */
  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGTERM");
    await this.ended;
    rmSync(this.temporary, { recursive: true, force: true });
  }
}

/** Every port that a report names. */
export const portsOf = ({ stages, console }: SandboxReport): readonly number[] => [
  ...stages.flatMap(({ registries }) => Object.values(registries).map((host) => Number(host.split(":")[1]))),
  Number(new URL(console.address).port),
];

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}
