import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

const BIN = resolve(__dirname, "../../../bin/dualreg.js");

/**
 * Runs the command line in a process of its own, which ends by SIGKILL when it is about to say something.
 *
 * @param at how the line on standard error begins, or `result` for its first word on standard output
 * @returns the signal that it ended by; null where it came to its own end
 */
export function killedLine(
  words: readonly string[],
  at: string,
  env: Readonly<Record<string, string>>,
): Promise<NodeJS.Signals | null> {
  const killing = { KILL_AT: at, NODE_OPTIONS: `--require=${join(__dirname, "killAt.cjs")}` };
  const child = spawn(process.execPath, [BIN, ...words], { env: { ...env, ...killing }, stdio: "ignore" });
  return new Promise((done) => {
    child.once("exit", (_, signal) => {
      done(signal);
    });
  });
}
