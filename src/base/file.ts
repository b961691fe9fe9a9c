import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DualRegistryError } from "./errors";

/** True for an error of the operating system of that name. */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);

/** True for a file or folder that is not there. */
export const isMissing = (error: unknown): boolean => hasCode(error, "ENOENT", "ENOTDIR");

/**
 * The error for a disk that takes no more or lets nobody write; every other error as it is.
 *
 * @param where names the folder, for the message
 */
export function explainedDisk(error: unknown, where: string): unknown {
  const full = hasCode(error, "ENOSPC", "EDQUOT");
  if (!full && !hasCode(error, "EACCES", "EPERM", "EROFS")) return error;
  const why = full ? "the disk or the quota is full; make room" : "no right to write; change its owner or mode";
  return new DualRegistryError("REGISTRY_REFUSED", `${where}: ${why}`, { cause: error });
}

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
