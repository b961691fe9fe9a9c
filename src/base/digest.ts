import { createHash } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";
import { DualRegistryError } from "./errors";

/** `<algorithm>:<hex>` in lower case. Source: OCI image specification 1.1, descriptor.md, "Digests". */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const FORM = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** True for a digest of a registered algorithm; nothing else may become part of a path. */
export function isDigest(text: string): text is Digest {
  return FORM.test(text);
}

/**
 * A digest from outside.
 *
 * @param where names the place it stands in, for the message
 * @throws DualRegistryError CONTENT_INVALID
 */
export function parseDigest(text: string, where: string): Digest {
  if (isDigest(text)) return text;
  const shown = JSON.stringify(text.slice(0, 100));
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${where}: ${shown} is no digest; allowed: sha256: with 64 or sha512: with 128 lower-case hexadecimal digits`,
  );
}

const algorithmOf = (digest: Digest): string => digest.slice(0, digest.indexOf(":"));

/** The digest of bytes. */
export function digestOf(bytes: Uint8Array, algorithm: "sha256" | "sha512" = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** True where the bytes are the ones that the digest stands for. */
export function matchesDigest(bytes: Uint8Array, digest: Digest): boolean {
  return `${algorithmOf(digest)}:${createHash(algorithmOf(digest)).update(bytes).digest("hex")}` === digest;
}

/**
 * Lets bytes through and fails at the end, or as soon as there are too many, where they are not the ones expected.
 * Whoever reads must wait for the end before believing what came.
 *
 * @throws DualRegistryError DIGEST_MISMATCH through the stream
 */
export class DigestCheck extends Transform {
  private readonly hash;
  private seen = 0;

  /** @param where names the blob and where it comes from, for the message */
  constructor(
    private readonly expected: { digest: Digest; size: number },
    private readonly where: string,
  ) {
    super();
    this.hash = createHash(algorithmOf(expected.digest));
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.seen += chunk.length;
    if (this.seen > this.expected.size) done(this.mismatch(`more than ${this.expected.size} bytes came`));
    else {
      this.hash.update(chunk);
      done(null, chunk);
    }
  }

  override _flush(done: TransformCallback): void {
    if (this.seen < this.expected.size) {
      done(this.mismatch(`${this.seen} of ${this.expected.size} bytes came`));
      return;
    }
    const got = `${algorithmOf(this.expected.digest)}:${this.hash.digest("hex")}`;
    done(got === this.expected.digest ? null : this.mismatch(`the bytes have digest ${got}`));
  }

  private mismatch(what: string): DualRegistryError {
    return new DualRegistryError("DIGEST_MISMATCH", `${this.where}: ${what}; expected: ${this.expected.digest}`);
  }
}
