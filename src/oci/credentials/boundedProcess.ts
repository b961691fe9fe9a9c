import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Environment } from "./environment";

const MOST_BYTES = 64 * 1024;

/** A program that is asked for a login. */
export interface LoginProgram {
  command: string;
  args: readonly string[];
  env: Environment;
  /** Milliseconds until it is ended. */
  timeout: number;
  /** What it reads on its standard input. Default: nothing. */
  input?: string;
}

/** How it ended: by itself, by us, or never begun. */
export type Ended = { code: number; output: string } | { stopped: string } | { missing: true };

/**
 * Runs a program with a bound on its time and output. Its standard error is not kept, since it may hold what it was asked for.
 */
export async function runBounded({ command, args, env, timeout, input = "" }: LoginProgram): Promise<Ended> {
  const child = spawn(command, args, { env: { ...env }, stdio: ["pipe", "pipe", "ignore"] });
  const parts: Buffer[] = [];
  let length = 0;
  let stopped: string | undefined;
  const stop = (why: string): void => {
    stopped ??= why;
    child.kill("SIGKILL");
    // A process it started may hold the pipe open: nobody waits for that one.
    child.stdout.destroy();
  };
  const timer = setTimeout(() => {
    stop(`it took longer than ${timeout / 1000} s`);
  }, timeout);
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  child.stdout.on("data", (part: Buffer) => {
    length += part.length;
    if (length > MOST_BYTES) stop(`it wrote more than ${MOST_BYTES} bytes`);
    else parts.push(part);
  });
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return stopped === undefined ? { code: code ?? 1, output: Buffer.concat(parts).toString() } : { stopped };
  } catch {
    return { missing: true };
  } finally {
    clearTimeout(timer);
  }
}
