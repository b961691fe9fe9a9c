import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { Socket } from "node:net";

/**
 * Runs a command beside a watcher that ends it, by its id, once the shell's input closes. The kernel closes it
 * however this process ends, so that nothing is left running, not even after `kill -9`.
 */
const GUARD = `
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(
  if read -r _ <&3; then kill "$child"
  else trap "" TERM; kill "$child"; sleep 1; rm -rf "$GUARDED_DIR"
  fi
) 2>/dev/null &
guard=$!
exec 3<&-
wait "$child"; status=$?
kill "$guard" 2>/dev/null
exit $status`;

/** A process that lives no longer than this one. */
export interface GuardedChild {
  /** True once it ended by itself or was stopped. */
  ended(): boolean;
  log(): string;
  stop(): Promise<void>;
}

/**
 * @param dir is removed where this process ends without stopping the command
 * @param logFile takes what the command writes, both streams
 */
export function startGuarded(command: string, args: readonly string[], dir: string, logFile: string): GuardedChild {
  const log = openSync(logFile, "a");
  const child = spawn("/bin/sh", ["-c", GUARD, "sh", command, ...args], {
    stdio: ["pipe", log, log],
    // A group of its own: Ctrl-C reaches this process alone, which then stops what it started in the right order.
    detached: true,
    env: { ...process.env, GUARDED_DIR: dir },
  });
  const { stdin } = child;
  closeSync(log);
  let over = false;
  const end = new Promise<void>((resolve) => {
    const done = (): void => {
      over = true;
      resolve();
    };
    child.once("error", done);
    child.once("exit", done);
  });
  stdin?.on("error", () => undefined);
  // A test that forgets to stop must not keep the test run waiting.
  child.unref();
  if (stdin instanceof Socket) stdin.unref();
  return {
    ended: () => over,
    log: () => readFileSync(logFile, "utf8"),
    stop: async () => {
      child.ref();
      stdin?.end("stop\n");
      await end;
    },
  };
}
