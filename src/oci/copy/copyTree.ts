import { DualRegistryError } from "../../errors";
import { againIfHurt } from "../againIfHurt";
import type { Digest } from "../digest";
import type { BlobOutcome, ImageSource, ImageTarget } from "../imageStore";
import type { Descriptor, Manifest } from "../manifest";
import { isForeignLayer } from "../mediaTypes";
import { allSettled } from "./limit";
import { skipBytes } from "./skipBytes";
import type { ImageTree } from "./tree";
import type { CopyOptions } from "./copyImage";

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
  const copyBlob = async (blob: Descriptor) => {
    const known = blobs.get(blob.digest);
    const writing = known ?? options.place.run(() => writeBlob(source, target, blob, options));
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
      ...(look === undefined ? {} : { look }),
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
