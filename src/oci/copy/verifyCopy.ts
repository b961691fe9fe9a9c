import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import type { ImageSource, ImageTarget } from "../imageStore";
import { type Descriptor, isForeignLayer } from "../manifest";
import { copyImage, type CopyOptions, type CopyResult } from "./copyImage";
import { type ImageTree, missingBlobs, ownBlobs, readTree } from "./tree";

/**
 * Reads every blob of an image to its end, so that its digest is computed before the first byte goes anywhere.
 *
 * @throws DualRegistryError DIGEST_MISMATCH, NOT_FOUND
 */
export async function verifyContent(
  source: ImageSource,
  tree: ImageTree,
  report: { total: (bytes: number) => void; bytes: (count: number) => void },
): Promise<void> {
  report.total(tree.blobs.reduce((sum, { size }) => sum + size, 0));
  const run = limiter(2);
  const missing: Descriptor[] = [];
  const read = async (blob: Descriptor) => {
    try {
      for await (const chunk of await source.blob(blob)) report.bytes((chunk as Buffer).length);
    } catch (error) {
      if (!(error instanceof DualRegistryError) || error.code !== "NOT_FOUND") throw error;
      if (!isForeignLayer(blob.mediaType)) missing.push(blob);
    }
  };
  await allSettled(tree.blobs.map((blob) => run(() => read(blob))));
  if (missing.length > 0) throw missingBlobs(source, tree, missing);
}

/** Questions to a registry at a time. */
const PARALLEL = 16;

/** How a copy is read back. */
export interface VerifyOptions {
  /** False where the target has named each blob by its digest a moment ago. Default true. */
  blobs?: boolean;
  signal?: AbortSignal;
}

/**
 * Reads an image back where it was copied to: every manifest whole, by its digest, and of every blob that it is there.
 *
 * @throws DualRegistryError NOT_FOUND, DIGEST_MISMATCH: the copy is not whole
 */
export async function verifyCopy(
  target: ImageTarget,
  reference: string,
  { blobs = true, signal }: VerifyOptions = {},
): Promise<ImageTree> {
  const tree = await readTree(target, reference, signal);
  if (!blobs) return tree;
  const run = limiter(PARALLEL);
  await allSettled(
    ownBlobs(tree).map((blob) =>
      run(async () => {
        if (await target.hasBlob(blob, signal)) return;
        const named = `blob ${blob.digest} of ${blob.size} bytes`;
        throw new DualRegistryError(
          "NOT_FOUND",
          `${target.name}@${tree.root.digest}: ${named} is missing; push the image again, under a new tag if it is locked`,
        );
      }),
    ),
  );
  return tree;
}

/**
 * Reads a copy back; its blobs only where the copy did not write or find each of them itself. Where its root is there and something below it is not, as after a clean-up gone wrong, all of it is
 * looked at and sent once more.
 *
 * @throws DualRegistryError as {@link verifyCopy}, where that did not help
 */
export async function verifyOrMend(
  source: ImageSource,
  target: ImageTarget,
  { digest, tree }: Pick<CopyResult, "digest" | "tree">,
  options: CopyOptions,
): Promise<ImageTree> {
  const { signal } = options;
  try {
    return await verifyCopy(target, digest, { blobs: tree === undefined, ...defined({ signal }) });
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "NOT_FOUND") throw error;
    await copyImage(source, target, digest, { ...options, again: true });
    return verifyCopy(target, digest, defined({ signal }));
  }
}
