import { DualRegistryError } from "../../errors";
import type { ImageTarget } from "../imageStore";
import { allSettled, limiter } from "./limit";
import { ownBlobs, readTree, type ImageTree } from "./tree";

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
