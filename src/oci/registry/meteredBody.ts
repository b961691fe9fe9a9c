import { pipeline, type Readable, Transform, type TransformCallback } from "node:stream";
import { DualRegistryError } from "../../base/errors";

/**
 * Counts what flows through to the network. The last piece goes out only when the source has ended well, its own check
 * included: a registry never gets the whole of what is wrong.
 */
export class MeteredBody extends Transform {
  private count = 0;
  private lastChunk: Buffer | undefined;

  /**
   * @param size bytes that must come
   * @param onCount gets the bytes that came so far
   */
  constructor(
    private readonly size: number,
    private readonly what: string,
    private readonly onCount: (count: number) => void,
  ) {
    super({ highWaterMark: 512 * 1024 });
  }

  /** Lets a source flow into it; the end of one is the end of the other. */
  readFrom(source: Readable): this {
    pipeline(source, this, () => undefined);
    return this;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.count += chunk.length;
    this.onCount(this.count);
    if (this.count < this.size) done(null, chunk);
    else if (this.count === this.size && !this.lastChunk) {
      this.lastChunk = chunk;
      done();
    } else if (chunk.length === 0) done();
    else done(this.sizeError("more"));
  }

  override _flush(done: TransformCallback): void {
    if (this.count === this.size) done(null, this.lastChunk);
    else done(this.sizeError(String(this.count)));
  }

  private sizeError(received: string): DualRegistryError {
    return new DualRegistryError(
      "DIGEST_MISMATCH",
      `${this.what}: ${received} bytes came from the source; expected: ${this.size}`,
    );
  }
}
