import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { hasCode } from "../../base/file";

/** Says whose a folder is: the machine's or container's name, and the process. */
const machine = (): string => createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
const NAME = /^dual-registry-search-([0-9a-f]{8})-(\d{1,10})-[A-Za-z0-9]{6}$/;

/** Folders of this process. */
const own = new Set<string>();

/**
 * Makes a folder of this process alone, to work in, and removes those that processes of the same machine or container
 * left when they were killed: in a container each of them was process 1, as this one is.
 *
 * @param temporary folder of temporary files
 * @throws Error of the operating system where no folder can be made
 */
export function makeWorkFolder(temporary: string): string {
  clearLeftovers(temporary);
  const folder = mkdtempSync(join(temporary, `dual-registry-search-${machine()}-${process.pid}-`));
  own.add(folder);
  return folder;
}

/** Removes a folder of this process. */
export function removeWorkFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  own.delete(folder);
}

function clearLeftovers(temporary: string): void {
  for (const name of readdirSync(temporary)) {
    const [, of, pid] = NAME.exec(name) ?? [];
    const folder = join(temporary, name);
    if (of !== machine() || pid === undefined || own.has(folder) || isAlive(Number(pid))) continue;
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      // Another user's, or on its way already.
      if (!hasCode(error, "EACCES", "EPERM", "EBUSY", "ENOTEMPTY")) throw error;
    }
  }
}

/** True for another process that runs. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}
