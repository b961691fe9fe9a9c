import { DualRegistryError } from "../../errors";
import type { Digest } from "../digest";
import type { BlobOutcome, ImageSource, ImageTarget, Resolved } from "../imageStore";
import { isIndexType } from "../mediaTypes";
import { copyTree } from "./copyTree";
import { limiter } from "./limit";
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
  /** What was copied; absent where the whole image was there already. */
  tree?: ImageTree;
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
