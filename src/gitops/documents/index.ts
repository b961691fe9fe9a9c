import { locateImages } from "./locate";
import { parseFile } from "./tree";
import type { FoundImages } from "./types";

export { setImages, setTexts } from "./setImages";
export type { Elsewhere, FoundImages, ImageChange, ImageParts, ImageSite, ObjectName } from "./types";

/**
 * Finds the images that a file names: Flux's HelmRelease, OCIRepository and Kustomization, Kustomize's own file, plain
 * manifests, and values of a chart (see imagesOfMap for the forms).
 *
 * @param file names it in results and errors
 * @throws DualRegistryError CONTENT_INVALID for what is no YAML, or larger or deeper than allowed
 */
export function findImages(file: string, text: string): FoundImages {
  const { images, elsewhere } = locateImages(parseFile(file, text));
  return { images: images.map(({ site }) => site), elsewhere };
}
