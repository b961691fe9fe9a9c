import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DualRegistryError } from "../../src/base/errors";
import { hasCode } from "../../src/base/file";
import { quoted } from "../../src/base/text/quote";
import { startGuarded } from "../../test/support/registries/guardedChild";
import type { Cleanup } from "../stage/cleanup";

const PREFIX = "dualreg-sandbox-";
/** Who owns a folder listens here; the kernel ends that with the process, however it ends. */
const OWNER = "owner.sock";
/** Milliseconds after which a folder without an owner's socket was not made just now. */
const YOUNG = 60_000;
/** Bytes below which a disk counts as full. */
const LEAST = 1024 * 1024;

/**
 * Makes the folder that all of a sandbox lies in, and a watcher that removes it where this process is killed.
 *
 * @param parent Default: the system's folder for temporary files (TMPDIR)
 * @throws what the system says of a disk that takes no more, or lets nobody write
 */
export async function makeSandboxFolder(cleanup: Cleanup, parent = tmpdir()): Promise<string> {
  const dir = mkdtempSync(join(parent, PREFIX));
  cleanup.add(() => {
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  });
  const owner = createServer((socket) => socket.end());
  await new Promise<void>((resolve, reject) => {
    owner.once("error", reject);
    owner.listen(join(dir, OWNER), resolve);
  });
  owner.unref();
  const watcher = startGuarded("tail", ["-f", "/dev/null"], dir, join(dir, "watcher.log"));
  cleanup.add(async () => {
    await watcher.stop();
    owner.close();
  });
  return dir;
}

/**
 * Removes folders of sandboxes that ended together with what watches them, as by a loss of power. Those of somebody else
 * are left alone, and so are those of sandboxes that run.
 *
 * @returns the folders that were removed
 */
export async function removeLeftovers(parent = tmpdir()): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of readdirSync(parent).filter((one) => one.startsWith(PREFIX))) {
    const dir = join(parent, name);
    try {
      if (!isOwn(dir) || (await isAlive(dir))) continue;
      rmSync(dir, { recursive: true, force: true });
      removed.push(dir);
    } catch (error) {
      // Its owner ended it meanwhile, or it is somebody else's.
      if (!hasCode(error, "ENOENT", "EACCES", "EPERM", "ENOTEMPTY")) throw error;
    }
  }
  return removed;
}

const isOwn = (dir: string): boolean => statSync(dir).uid === (process.getuid?.() ?? statSync(dir).uid);

/** True where somebody listens at a folder's socket, and for one that was made just now and has none yet. */
async function isAlive(dir: string): Promise<boolean> {
  const path = join(dir, OWNER);
  if (!existsSync(path)) return Date.now() - statSync(dir).mtimeMs < YOUNG;
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

/**
 * An error as people read it where a disk is full: whoever failed then, a registry or a command, says it in words of its
 * own or not at all.
 */
export function explainedFullDisk(error: unknown, dir: string): unknown {
  const isFull = hasCode(error, "ENOSPC", "EDQUOT") || roomIn(dir) < LEAST;
  if (!isFull) return error;
  const todo = "make room, or let TMPDIR name a folder on another disk";
  return new DualRegistryError("USAGE", `The disk of ${quoted(dir)} is full: ${todo}`, { cause: error });
}

function roomIn(dir: string): number {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
