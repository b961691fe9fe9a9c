import { DualRegistryError } from "../../errors";
import type { Digest } from "../digest";
import type { BlobOutcome, ImageSource, ImageTarget, Resolved } from "../imageStore";
import type { Descriptor, Manifest } from "../manifest";
import { isForeignLayer, isIndexType } from "../mediaTypes";
import { againIfHurt } from "../againIfHurt";
import { allSettled, limiter } from "./limit";
import { skipBytes } from "./skipBytes";
import { readTree, type ImageTree } from "./tree";

/** One place to copy to, shared by all copies to it in this process. */
export interface CopyPlace {
  /** Runs the transfers of blobs, so many at a time over all images. */
  run: <T>(task: () => Promise<T>) => Promise<T>;
}

/** @param parallel blobs on their way at a time; six fill a link without starving it */
export const copyPlace = (parallel = 6): CopyPlace => ({ run: limiter(parallel) });

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
}

export interface CopyOptions {
  place: CopyPlace;
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
): Promise<CopyResult & { tree?: ImageTree }> {
  const root = options.root ?? (await source.resolve(reference, options.signal));
  if (root === undefined) {
    throw new DualRegistryError("NOT_FOUND", `${source.name}: there is no ${JSON.stringify(reference)} to copy`);
  }
  const outcomes = { present: 0, mounted: 0, sent: 0 };
  const isIndex = isIndexType(root.mediaType);
  if (options.again !== true && (await target.resolve(root.digest, options.signal)) !== undefined) {
    return { digest: root.digest, isIndex, outcomes, sentBytes: 0, manifests: 0 };
  }
  const tree = await readTree(source, root.digest, options.signal);
  const sent = await copyTree(source, target, tree, options, outcomes);
  return { digest: root.digest, isIndex, outcomes, ...sent, tree };
}

async function copyTree(
  source: ImageSource,
  target: ImageTarget,
  tree: ImageTree,
  options: CopyOptions,
  outcomes: Record<BlobOutcome, number>,
): Promise<{ sentBytes: number; manifests: number }> {
  let sentBytes = 0;
  const copyBlob = async (blob: Descriptor) => {
    const outcome = await writeBlob(source, target, blob, options);
    if (outcome === undefined) return;
    outcomes[outcome]++;
    if (outcome === "sent") sentBytes += blob.size;
  };
  await allSettled(tree.blobs.map((blob) => options.place.run(() => copyBlob(blob))));
  const written = await writeInOrder(target, tree, options.signal);
  return { sentBytes, manifests: written };
}

/** Foreign layers are copied where the source has them, and left where their descriptor says otherwise. */
async function writeBlob(source: ImageSource, target: ImageTarget, blob: Descriptor, options: CopyOptions) {
  const { repository, mountFrom, onBytes, signal } = options;
  const foreign = isForeignLayer(blob.mediaType);
  try {
    const open = async (offset: number, own?: AbortSignal) => skipBytes(await source.blob(blob, own ?? signal), offset);
    const how = {
      ...(mountFrom === undefined || mountFrom === repository ? {} : { mountFrom: [mountFrom] }),
      ...(onBytes === undefined ? {} : { onBytes }),
      ...(signal === undefined ? {} : { signal }),
    };
    return await againIfHurt(() => target.writeBlob(blob, open, how));
  } catch (error) {
    if (foreign && error instanceof DualRegistryError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** Children before parents; those that stand on one level go together. */
async function writeInOrder(target: ImageTarget, tree: ImageTree, signal?: AbortSignal): Promise<number> {
  const written = new Map<Digest, Promise<void>>();
  const write = async (manifest: Manifest, after: readonly Digest[]) => {
    await allSettled(after.map((digest) => written.get(digest) ?? Promise.resolve()));
    await target.writeManifest(manifest, signal === undefined ? {} : { signal });
  };
  for (const { bytes, digest, mediaType, content } of tree.manifests) {
    const after = content.manifests.map((child) => child.digest);
    written.set(digest, write({ bytes, digest, mediaType }, after));
  }
  await allSettled([...written.values()]);
  return written.size;
}
