import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { CHUNK } from "../layout/layoutContent";

/**
 * A part of an open file, in pieces of 1 MiB of which the last may be shorter. Ending it leaves the file open, as
 * Node's own streams do not.
 *
 * @param range.size bytes; where the file ends before, the stream does too
 */
export function readRange(handle: FileHandle, range: { offset: number; size: number }): Readable {
  return Readable.from(pieces(handle, range), { objectMode: false, highWaterMark: CHUNK });
}

async function* pieces(handle: FileHandle, { offset, size }: { offset: number; size: number }): AsyncGenerator<Buffer> {
  for (let at = 0; at < size;) {
    const piece = Buffer.allocUnsafeSlow(Math.min(CHUNK, size - at));
    let filled = 0;
    while (filled < piece.length) {
      const { bytesRead } = await handle.read(piece, filled, piece.length - filled, offset + at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    if (filled > 0) yield piece.subarray(0, filled);
    if (filled < piece.length) return;
    at += filled;
  }
}
