import { createHash } from "node:crypto";
import { Transform, Writable, type TransformCallback } from "node:stream";
import type { Digest } from "../digest";

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
