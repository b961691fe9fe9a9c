import { DualRegistryError } from "../../errors";
import type { Digest } from "../digest";
import type { ImageSource, ImageTarget } from "../imageStore";
import { copyImage, type CopyOptions } from "./copyImage";
import type { ImageTree } from "./tree";
import { verifyCopy } from "./verifyCopy";

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
