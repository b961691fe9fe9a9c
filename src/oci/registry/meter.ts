import { pipeline, Transform, type Readable, type TransformCallback } from "node:stream";
import { DualRegistryError } from "../../errors";

/**
 * Counts what flows through to the network. The last piece goes out only when the source has ended well, its own check
 * included: a registry never gets the whole of what is wrong.
 */
export class Meter extends Transform {
  private count = 0;
  private last: Buffer | undefined;

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
  behind(source: Readable): this {
    pipeline(source, this, () => undefined);
    return this;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.count += chunk.length;
    this.onCount(this.count);
    if (this.count < this.size) done(null, chunk);
    else if (this.count === this.size && !this.last) {
      this.last = chunk;
      done();
    } else if (chunk.length === 0) done();
    else done(this.wrong("more"));
  }

  override _flush(done: TransformCallback): void {
    if (this.count === this.size) done(null, this.last);
    else done(this.wrong(String(this.count)));
  }

  private wrong(came: string): DualRegistryError {
    return new DualRegistryError(
      "DIGEST_MISMATCH",
      `${this.what}: ${came} bytes came from the source; expected: ${this.size}`,
    );
  }
}
