import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that only this user reads, for files that are removed with it. */
export interface TempFolder {
  readonly path: string;
  remove: () => Promise<void>;
}

/** @param parent default: the system's folder for temporary files (TMPDIR) */
export async function tempFolder(parent: string = tmpdir()): Promise<TempFolder> {
  const path = await mkdtemp(join(parent, "dualreg-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
