import { spawn } from "node:child_process";
import { once } from "node:events";

/** A program that is asked for something, and the bounds it is held to. */
export interface BoundedProgram {
  command: string;
  args: readonly string[];
  /** Its whole environment; PATH in it finds the command. */
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until it is ended. */
  timeout: number;
  /** What it reads on its standard input. Default: nothing. */
  input?: string;
  /** Bytes of the longest output that is taken. Default: 64 KiB. */
  mostBytes?: number;
}

/** How it ended: by itself, by us, or never begun. */
export type Ended = { code: number; output: Buffer } | { stopped: string } | { missing: true };

const MOST_BYTES = 64 * 1024;

/**
 * Runs a program with a bound on its time and output.
 *
 * @param onErrors gets the first bytes of what it writes on its standard error, for the one who says why it failed. Default:
 *   nobody does, since a program that is asked for a secret may write it there
 */
export async function runBounded(program: BoundedProgram, onErrors?: (text: string) => void): Promise<Ended> {
  const { command, args, env, timeout, input = "", mostBytes = MOST_BYTES } = program;
  const child = spawn(command, args, { env: { ...env }, stdio: ["pipe", "pipe", onErrors ? "pipe" : "ignore"] });
  const output = new Bounded(mostBytes, () => {
    stop(`it wrote more than ${mostBytes} bytes`);
  });
  const errors = new Bounded(MOST_BYTES, () => undefined);
  let stopped: string | undefined;
  const stop = (why: string): void => {
    stopped ??= why;
    child.kill("SIGKILL");
    // A process it started may hold the pipes open: nobody waits for that one.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const timer = setTimeout(() => {
    stop(`it took longer than ${timeout / 1000} s`);
  }, timeout);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  child.stdout?.on("data", (part: Buffer) => {
    output.add(part);
  });
  child.stderr?.on("data", (part: Buffer) => {
    errors.add(part);
  });
  try {
    const [code] = (await once(child, "close")) as [number | null];
    onErrors?.(errors.bytes().toString("utf8"));
    return stopped === undefined ? { code: code ?? 1, output: output.bytes() } : { stopped };
  } catch {
    return { missing: true };
  } finally {
    clearTimeout(timer);
  }
}

/** The first bytes of a stream, up to a bound. */
class Bounded {
  private readonly parts: Buffer[] = [];
  private length = 0;

  constructor(
    private readonly most: number,
    private readonly onMore: () => void,
  ) {}

  add(part: Buffer): void {
    this.length += part.length;
    if (this.length > this.most) this.onMore();
    else this.parts.push(part);
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}
