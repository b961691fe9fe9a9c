import { DualRegistryError } from "../../errors";
import type { ImageSource } from "../imageStore";
import type { Descriptor } from "../manifest";
import { isForeignLayer } from "../mediaTypes";
import { allSettled, limiter } from "./limit";
import type { ImageTree } from "./tree";

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
  const read = async (blob: Descriptor) => {
    try {
      for await (const chunk of await source.blob(blob)) report.bytes((chunk as Buffer).length);
    } catch (error) {
      const absent = error instanceof DualRegistryError && error.code === "NOT_FOUND";
      if (!(absent && isForeignLayer(blob.mediaType))) throw error;
    }
  };
  await allSettled(tree.blobs.map((blob) => run(() => read(blob))));
}
