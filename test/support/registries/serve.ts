import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./freePort";
import { type GuardedChild, startGuarded } from "./guardedChild";
import type { TestRegistry } from "./testRegistry";

const STARTS_WITHIN_MS = 15_000;
const TRIES = 5;
const removeDir = (dir: string): void => {
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
};

/**
 * Starts a registry's process on a free port and waits until it answers.
 *
 * @param commandOf the command line for a port; it may write its configuration into the folder
 * @throws Error with the end of the registry's log
 */
export async function serve(
  commandOf: (port: number, dir: string, storageDir: string) => readonly [string, ...string[]],
): Promise<TestRegistry> {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-registry-"));
  const storageDir = join(dir, "storage");
  mkdirSync(storageDir);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const [command, ...args] = commandOf(port, dir, storageDir);
    const child = startGuarded(command, args, dir, join(dir, `log-${attempt}`));
    if (await answers(port, child)) return registryOf(port, dir, storageDir, child);
    await child.stop();
    const log = child.log();
    if (attempt < TRIES && log.includes("address already in use")) continue;
    removeDir(dir);
    throw new Error(`${command} did not start:\n${log.slice(-2000)}`);
  }
}

async function answers(port: number, child: GuardedChild): Promise<boolean> {
  const end = Date.now() + STARTS_WITHIN_MS;
  while (!child.ended() && Date.now() < end) {
    if (await asksBack(port)) return !child.ended();
    await sleep(25);
  }
  return false;
}

function asksBack(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, path: "/v2/", agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(true);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => {
      resolve(false);
    });
    asked.end();
  });
}

function registryOf(port: number, dir: string, storageDir: string, child: GuardedChild): TestRegistry {
  let kept: string | undefined;
  return {
    host: `localhost:${port}`,
    storageDir,
    log: () => kept ?? child.log(),
    stop: async () => {
      if (kept !== undefined) return;
      await child.stop();
      kept = child.log();
      removeDir(dir);
    },
  };
}
