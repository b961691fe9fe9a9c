import { createHash } from "node:crypto";
import { Transform, type TransformCallback, Writable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Digest } from "../../base/digest";
import { CHUNK } from "../layout/layoutContent";

/** How a file is compressed, by its first bytes. Sources: RFC 1952, RFC 8878. */
export function compressionOf(beginning: Buffer): "none" | "gzip" | "zstd" {
  if (beginning.length >= 2 && beginning.readUInt16BE(0) === 0x1f8b) return "gzip";
  return beginning.length >= 4 && beginning.readUInt32BE(0) === 0x28b52ffd ? "zstd" : "none";
}

/** zlib's own default, and that of most tools that make images. */
const LEVEL = 6;
/** Place and value of the operating system in a gzip header: unknown. Source: RFC 1952, section 2.3.1. */
const OS = { at: 9, unknown: 255 };

/**
 * Compresses so that the same bytes give the same digest on every run and system: one level, no time, no name, no
 * operating system. What zlib makes of the bytes is up to its version, which Node.js brings: another Node.js may give
 * another digest, of the same content. Feed it pieces of one size.
 */
export function steadyGzip(): [Transform, Transform] {
  return [createGzip({ level: LEVEL, chunkSize: CHUNK }), new HeaderWithoutSystem()];
}

/** zlib writes the system that it was built for; the registry's digest should not know it. */
class HeaderWithoutSystem extends Transform {
  private seen = 0;

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const at = OS.at - this.seen;
    if (at >= 0 && at < chunk.length) chunk[at] = OS.unknown;
    this.seen += chunk.length;
    done(null, chunk);
  }
}

/** Lets bytes through and tells at the end which they were. */
export class Hashing extends Transform {
  private readonly hash = createHash("sha256");
  size = 0;

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.size += chunk.length;
    this.hash.update(chunk);
    done(null, chunk);
  }

  /** Asked once, when everything came through. */
  digest(): Digest {
    return `sha256:${this.hash.digest("hex")}`;
  }
}

/** Where bytes go that were only to be looked at. */
export const nowhere = (): Writable =>
  new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
