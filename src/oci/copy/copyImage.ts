import { type Readable, Transform, type TransformCallback } from "node:stream";
import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import { retryCorrupted } from "../../base/retry";
import type { BlobOutcome, ImageSource, ImageTarget, Resolved } from "../imageStore";
import { type Descriptor, isForeignLayer, isIndexType, type Manifest } from "../manifest";
import { type ImageTree, readTree } from "./tree";

/** What all copies to one registry share in this process, so that together they do not overload it. */
export interface CopyThrottle {
  /** Runs the transfers of blobs, so many at a time over all images. */
  run: <T>(task: () => Promise<T>) => Promise<T>;
}

/** @param parallel blobs on their way at a time; six fill a link without starving it */
export const copyThrottle = (parallel = 6): CopyThrottle => ({ run: limiter(parallel) });

/** What a copy did. */
export interface CopyResult {
  digest: Digest;
  /** Whether it is several images. */
  isIndex: boolean;
  /** Blobs by what became of them; `skipped` where the whole image was there already. */
  outcomes: Readonly<Record<BlobOutcome, number>>;
  sentBytes: number;
  /** Manifests written. */
  manifests: number;
  /** What was copied; absent where the whole image was there already. */
  tree?: ImageTree;
}

export interface CopyOptions {
  throttle: CopyThrottle;
  /** Path of the target's repository in its registry, for mounts. */
  repository: string;
  /** A path in the target's registry that holds the source's blobs; where source and target are one registry. */
  mountFrom?: string;
  /** What the reference stands for, where it was asked for already. */
  root?: Resolved;
  /** Looks at every part also where the root is there. Default false. */
  again?: boolean;
  onBytes?: (count: number) => void;
  signal?: AbortSignal;
}

/**
 * Copies what stands behind a tag or digest, all platforms, byte for byte: blobs, then manifests, each after what it
 * names, the root last, and nothing under a tag. So whoever finds the root's digest at the target finds all of it, and
 * a second run sends nothing.
 */
export async function copyImage(
  source: ImageSource,
  target: ImageTarget,
  reference: string,
  options: CopyOptions,
): Promise<CopyResult> {
  const root = options.root ?? (await source.resolve(reference, options.signal));
  if (root === undefined) {
    throw new DualRegistryError("NOT_FOUND", `${source.name}: there is no ${JSON.stringify(reference)} to copy`);
  }
  const isIndex = isIndexType(root.mediaType);
  if (options.again !== true && (await target.resolve(root.digest, options.signal)) !== undefined) {
    const outcomes = { present: 0, mounted: 0, sent: 0 };
    return { digest: root.digest, isIndex, outcomes, sentBytes: 0, manifests: 0 };
  }
  const tree = await readTree(source, root.digest, options.signal);
  const copied = await copyTree(source, target, tree, options);
  return { digest: root.digest, isIndex, ...copied, tree };
}

/** How the parts of one tree are written, beside what holds for every copy. */
export interface TreeOptions extends CopyOptions {
  /** False where the target is known to have none of its blobs. Default true. */
  look?: boolean;
  /** Blobs that this very copy brings already, for other trees: each is written once. */
  blobs?: Map<Digest, Promise<BlobOutcome | undefined>>;
  /** Writes the root, which comes last. Default: `target.writeManifest`. */
  writeRoot?: (root: Manifest) => Promise<unknown>;
}

/**
 * Copies the blobs of a tree, and then its manifests, each after what it names.
 *
 * @returns blobs by what became of them, bytes sent, manifests written
 */
export async function copyTree(source: ImageSource, target: ImageTarget, tree: ImageTree, options: TreeOptions) {
  const outcomes = { present: 0, mounted: 0, sent: 0 };
  const blobs = options.blobs ?? new Map<Digest, Promise<BlobOutcome | undefined>>();
  let sentBytes = 0;
  // No other image has this one's configuration: it is sent without a question, and layers are asked for.
  const own = new Set(
    options.again === true ? [] : tree.manifests.flatMap(({ content }) => content.config?.digest ?? []),
  );
  const copyBlob = async (blob: Descriptor) => {
    const known = blobs.get(blob.digest);
    const how = own.has(blob.digest) ? { ...options, look: false } : options;
    const writing = known ?? options.throttle.run(() => writeBlob(source, target, blob, how));
    blobs.set(blob.digest, writing);
    const outcome = await writing;
    if (outcome === undefined || known) return;
    outcomes[outcome]++;
    if (outcome === "sent") sentBytes += blob.size;
  };
  await allSettled(tree.blobs.map(copyBlob));
  const manifests = await writeInOrder(target, tree, options);
  return { outcomes, sentBytes, manifests };
}

/** Foreign layers are copied where the source has them, and left where their descriptor says otherwise. */
async function writeBlob(source: ImageSource, target: ImageTarget, blob: Descriptor, options: TreeOptions) {
  const { repository, mountFrom, onBytes, signal, look } = options;
  const foreign = isForeignLayer(blob.mediaType);
  try {
    const open = async (offset: number, own?: AbortSignal) => skipBytes(await source.blob(blob, own ?? signal), offset);
    const how = {
      ...(mountFrom === undefined || mountFrom === repository ? {} : { mountFrom: [mountFrom] }),
      ...defined({ look, onBytes, signal }),
    };
    return await retryCorrupted(() => target.writeBlob(blob, open, how));
  } catch (error) {
    if (foreign && error instanceof DualRegistryError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** Children before parents; those that stand on one level go together. */
async function writeInOrder(target: ImageTarget, tree: ImageTree, options: TreeOptions): Promise<number> {
  const { signal } = options;
  const written = new Map<Digest, Promise<unknown>>();
  const plain = (manifest: Manifest) => target.writeManifest(manifest, signal === undefined ? {} : { signal });
  const { writeRoot = plain } = options;
  const write = async (manifest: Manifest, after: readonly Digest[]) => {
    await allSettled(after.map((digest) => written.get(digest) ?? Promise.resolve()));
    await (manifest.digest === tree.root.digest ? writeRoot : plain)(manifest);
  };
  for (const { bytes, digest, mediaType, content } of tree.manifests) {
    const after = content.manifests.map((child) => child.digest);
    written.set(digest, write({ bytes, digest, mediaType }, after));
  }
  await allSettled([...written.values()]);
  return written.size;
}

/**
 * The rest of a stream after so many bytes. They are still read, so that the check of the digest behind them sees the
 * whole; where a push resumes, what is saved is sending them again.
 */
function skipBytes(stream: Readable, count: number): Readable {
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
