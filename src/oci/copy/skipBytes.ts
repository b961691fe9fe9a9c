import { Transform, type Readable, type TransformCallback } from "node:stream";

/**
 * The rest of a stream after so many bytes. They are still read, so that the check of the digest behind them sees the
 * whole; where a push resumes, what is saved is sending them again.
 */
export function skipBytes(stream: Readable, count: number): Readable {
  if (count === 0) return stream;
  let left = count;
  const rest = new Transform({
    transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback) {
      const drop = Math.min(left, chunk.length);
      left -= drop;
      if (drop === chunk.length) done();
      else done(null, chunk.subarray(drop));
    },
  });
  stream.on("error", (error) => rest.destroy(error));
  rest.on("close", () => stream.destroy());
  return stream.pipe(rest);
}
