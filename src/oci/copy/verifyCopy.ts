import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import type { ImageSource, ImageTarget } from "../imageStore";
import { type Descriptor, isForeignLayer } from "../manifest";
import { copyImage, type CopyOptions } from "./copyImage";
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

/**
 * Reads an image back where it was copied to: every manifest whole, by its digest, and of every blob that it is there.
 *
 * @throws DualRegistryError NOT_FOUND, DIGEST_MISMATCH: the copy is not whole
 */
export async function verifyCopy(target: ImageTarget, reference: string, signal?: AbortSignal): Promise<ImageTree> {
  const tree = await readTree(target, reference, signal);
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
 * Reads a copy back. Where its root is there and something below it is not, as after a clean-up gone wrong, all of it is
 * looked at and sent once more.
 *
 * @throws DualRegistryError as {@link verifyCopy}, where that did not help
 */
export async function verifyOrMend(
  source: ImageSource,
  target: ImageTarget,
  digest: Digest,
  options: CopyOptions,
): Promise<ImageTree> {
  try {
    return await verifyCopy(target, digest, options.signal);
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "NOT_FOUND") throw error;
    await copyImage(source, target, digest, { ...options, again: true });
    return verifyCopy(target, digest, options.signal);
  }
}
