import { closeSync, openSync, readSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DualRegistryError, type ErrorCode } from "./errors";
import { quoted } from "./text/quote";

const CHUNK = 256 * 1024;

/**
 * Reads a file, or standard input for `-`, and never more than the limit.
 *
 * @param limit bytes
 * @throws DualRegistryError USAGE for what cannot be read, `tooLarge` for what is over the limit
 */
export function readBounded(file: string, limit: number, tooLarge: ErrorCode = "CONTENT_INVALID"): Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const handle = file === "-" ? 0 : openSync(file, "r");
    try {
      for (;;) {
        const chunk = Buffer.allocUnsafe(CHUNK);
        const count = readSync(handle, chunk, 0, CHUNK, null);
        if (count === 0) break;
        size += count;
        if (size > limit) break;
        chunks.push(chunk.subarray(0, count));
      }
    } finally {
      if (handle !== 0) closeSync(handle);
    }
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw new DualRegistryError("USAGE", `${quoted(file)} cannot be read (${why}); name a file that can`, { cause });
  }
  if (size <= limit) return Buffer.concat(chunks);
  throw new DualRegistryError(tooLarge, `${quoted(file)} is larger than allowed: at most ${limit} bytes`);
}

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
