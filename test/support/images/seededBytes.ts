import { createCipheriv, createHash } from "node:crypto";

/** Bytes that cannot be compressed, the same for the same seed on every run, in pieces of at most 1 MiB. */
export function* seededChunks(seed: string, size: number): Generator<Buffer> {
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  const zeros = Buffer.alloc(Math.min(size, 1024 * 1024));
  for (let left = size; left > 0; left -= zeros.length) yield cipher.update(zeros.subarray(0, left));
}

/** The same in one piece. */
export const seededBytes = (seed: string, size: number): Buffer => Buffer.concat([...seededChunks(seed, size)]);
