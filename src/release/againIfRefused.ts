import { DualRegistryError } from "../errors";

/**
 * Does a step that looks before it writes, and once more where the registry refused it: another run of the same may
 * have been first and have locked the image, and then the second look finds done what was to be done.
 *
 * @throws what the second time throws
 */
export async function againIfRefused<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "REGISTRY_REFUSED") throw error;
    return step();
  }
}
