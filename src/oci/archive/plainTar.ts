import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { DualRegistryError } from "../../errors";
import { CHUNK } from "../layout/layoutContent";
import { hasCode } from "../layout/diskErrors";
import { compressionOf } from "./compression";

/**
 * A tar file without compression: the file itself, or what a `.tar.gz` unpacks to, in a folder for it.
 *
 * @param folder the folder for it, made when it is needed
 * @throws DualRegistryError NOT_FOUND; CONTENT_INVALID for another compression, or a gzip file that is cut off
 */
export async function plainTar(file: string, folder: () => Promise<string>, signal?: AbortSignal): Promise<string> {
  const compression = compressionOf(await beginning(file));
  if (compression === "none") return file;
  if (compression === "zstd") {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${file}: compressed by zstd; allowed: tar, tar.gz; unpack it first`,
    );
  }
  const plain = join(await folder(), "archive.tar");
  try {
    await pipeline(
      createReadStream(file, { highWaterMark: CHUNK }),
      createGunzip({ chunkSize: CHUNK }),
      createWriteStream(plain, { flags: "wx", mode: 0o600 }),
      { ...(signal ? { signal } : {}) },
    );
  } catch (error) {
    if (!isZlib(error) || signal?.aborted) throw error;
    throw new DualRegistryError("CONTENT_INVALID", `${file}: not a whole gzip file`, { cause: error });
  }
  return plain;
}

async function beginning(file: string): Promise<Buffer> {
  try {
    const handle = await open(file);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasCode(error, "ENOENT")) throw new DualRegistryError("NOT_FOUND", `${file}: no such file`, { cause: error });
    if (hasCode(error, "EACCES", "EPERM")) {
      throw new DualRegistryError("CONTENT_INVALID", `${file}: no right to read it; change its mode`, { cause: error });
    }
    if (!hasCode(error, "EISDIR")) throw error;
    throw new DualRegistryError("CONTENT_INVALID", `${file}: a folder; allowed: a tar file (a layout is oci:${file})`);
  }
}

/** True for an error of the unpacking itself, and not of the disk. */
const isZlib = (error: unknown): boolean =>
  error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
