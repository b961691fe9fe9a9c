import { addAbortSignal, pipeline, type Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Digest, DigestCheck } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { type Descriptor, isIndexType, readManifest } from "../manifest";
import type { LayoutEntry } from "./layoutIndex";

/** Bytes of one read of a file: fewer round trips than Node's default of 64 KiB. */
export const CHUNK = 1024 * 1024;

/** Bytes that lie somewhere under a digest; not yet verified. */
export interface StoredBlob {
  size: number;
  read: () => Readable;
}

/** Where a layout's bytes lie: in a folder, in a tar file, or in what was built from one. */
export interface LayoutContent {
  /** For messages: the file's or folder's name. */
  readonly name: string;
  /** The bytes of `index.json`, at most 4 MiB. */
  index: () => Promise<Buffer>;
  open: (digest: Digest) => Promise<StoredBlob | undefined>;
}

/**
 * A blob's bytes, verified as they flow.
 *
 * @throws DualRegistryError NOT_FOUND, DIGEST_MISMATCH for another size
 */
export async function verifiedBlob(
  content: LayoutContent,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  signal?: AbortSignal,
): Promise<Readable> {
  signal?.throwIfAborted();
  const stored = await content.open(digest);
  if (!stored) throw new DualRegistryError("NOT_FOUND", `${content.name}: no blob ${digest}`);
  if (stored.size !== size) {
    throw new DualRegistryError(
      "DIGEST_MISMATCH",
      `${content.name}: blob ${digest} has ${stored.size} bytes; expected: ${size}`,
    );
  }
  const check = new DigestCheck({ digest, size }, `${content.name}, blob`);
  pipeline(stored.read(), check, () => undefined);
  return signal ? addAbortSignal(signal, check) : check;
}

/** True where an entry is a manifest or, however deep, an index that contains it. Each index is read once. */
export async function containedIn(
  content: LayoutContent,
  entries: readonly LayoutEntry[],
  wanted: Digest,
): Promise<boolean> {
  const seen = new Set<Digest>();
  const waiting: Descriptor[] = entries.map(({ descriptor }) => descriptor);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next.digest === wanted) return true;
    if (seen.has(next.digest) || !isIndexType(next.mediaType) || !(await content.open(next.digest))) continue;
    seen.add(next.digest);
    const bytes = await buffer(await verifiedBlob(content, next));
    waiting.push(...readManifest({ bytes, digest: next.digest, mediaType: next.mediaType }, content.name).manifests);
  }
  return false;
}
