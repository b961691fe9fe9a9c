import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Digest, isDigest, matchesDigest } from "../base/digest";
import { IF_INCOMPLETE, type ImageSource, type Resolved } from "./imageStore";
import type { Descriptor, Manifest } from "./manifest";

/** What is kept at most: manifests and small blobs together, and lists of referrers. Bytes of one blob, and of all. */
const MOST = { things: 2_000, lists: 1_000, blob: 1024 * 1024, bytes: 16 * 1024 * 1024 } as const;

/**
 * A source as it is for the length of one transaction: what a digest stands for is read once, and so is what refers to
 * it. A tag is asked for each time. What is larger than 1 MiB, and what comes beyond 16 MiB, is not kept.
 *
 * Not for looking whether something is still there: that needs a source of its own, or a second look.
 *
 * @param listed referrers known beforehand, by their subject: these are not asked for
 */
export function cachedSource(
  source: ImageSource,
  listed: ReadonlyMap<Digest, readonly Descriptor[]> = new Map(),
): ImageSource {
  return new Remembered(source, listed);
}

class Remembered implements ImageSource {
  private readonly manifests = new Map<string, Promise<Manifest>>();
  private readonly blobs = new Map<Digest, Promise<Buffer>>();
  private readonly lists = new Map<Digest, Promise<readonly Descriptor[]>>();
  private bytes = 0;

  constructor(
    private readonly source: ImageSource,
    listed: ReadonlyMap<Digest, readonly Descriptor[]>,
  ) {
    for (const [subject, referrers] of listed) this.lists.set(subject, Promise.resolve(referrers));
  }

  get name(): string {
    return this.source.name;
  }

  get ifIncomplete(): string {
    return this.source.ifIncomplete ?? IF_INCOMPLETE;
  }

  async resolve(reference: string, signal?: AbortSignal): Promise<Resolved | undefined> {
    const known = await this.manifests.get(reference)?.catch(() => undefined);
    if (known === undefined) return this.source.resolve(reference, signal);
    return { mediaType: known.mediaType, digest: known.digest, size: known.bytes.length };
  }

  async manifest(reference: string, signal?: AbortSignal): Promise<Manifest> {
    const read = () => this.source.manifest(reference, signal);
    if (isDigest(reference)) return this.once(this.manifests, reference, read, ({ bytes }) => bytes.length);
    const manifest = await read();
    await this.once(
      this.manifests,
      manifest.digest,
      () => Promise.resolve(manifest),
      ({ bytes }) => bytes.length,
    );
    return manifest;
  }

  async blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Readable> {
    if (descriptor.size > MOST.blob) return this.source.blob(descriptor, signal);
    const read = async () => buffer(await this.source.blob(descriptor, signal));
    const bytes = await this.once(this.blobs, descriptor.digest, read, ({ length }) => length);
    // Another descriptor may have got it, with another size: then its own reader says what is wrong.
    const same = bytes.length === descriptor.size && matchesDigest(bytes, descriptor.digest);
    return same ? Readable.from([bytes]) : this.source.blob(descriptor, signal);
  }

  referrers(digest: Digest, signal?: AbortSignal, tags?: ReadonlySet<string>): Promise<readonly Descriptor[]> {
    const known = this.lists.get(digest);
    if (known) return known;
    const read = this.source.referrers(digest, signal, tags);
    if (this.lists.size >= MOST.lists) return read;
    return kept(this.lists, digest, read);
  }

  tags(signal?: AbortSignal): AsyncIterable<string> {
    return this.source.tags(signal);
  }

  /** Reads what is not known, and keeps it where there is room. */
  private async once<K, T>(known: Map<K, Promise<T>>, key: K, read: () => Promise<T>, size: (value: T) => number) {
    const before = known.get(key);
    if (before) return before;
    const room = this.manifests.size + this.blobs.size < MOST.things && this.bytes < MOST.bytes;
    if (!room) return read();
    const value = await kept(known, key, read());
    if (known.has(key)) this.bytes += size(value);
    return value;
  }
}

/** What failed is not kept: the next one asks again. */
function kept<K, T>(known: Map<K, Promise<T>>, key: K, read: Promise<T>): Promise<T> {
  known.set(key, read);
  read.catch(() => known.delete(key));
  return read;
}
