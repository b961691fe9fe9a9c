import type { MappedImage } from "../../domain/imageClass";
import { DualRegistryError } from "../../errors";
import { isDigest } from "../../oci/digest";
import { isRepository, isTag } from "../../oci/reference";
import { quoted } from "../../boundedFile";
import { imageOf } from "../../outputs/imageOf";
import type { StageOutputs } from "../../outputs/stageOutputs";

/** An image of the map, by tag or digest. */
export interface NamedImage {
  image: MappedImage;
  /** Tag or digest. */
  reference: string;
}

/**
 * Reads `orders/api:v1.2.3` or `orders/api@sha256:...`.
 *
 * @throws DualRegistryError USAGE for another form, and for a repository that the map of images does not have
 */
export function readImageName(text: string, outputs: StageOutputs): NamedImage {
  const at = text.indexOf("@");
  const colon = text.lastIndexOf(":");
  const cut = at >= 0 ? at : colon;
  const repository = cut < 0 ? text : text.slice(0, cut);
  const reference = cut < 0 ? "" : text.slice(cut + 1);
  const valid = at >= 0 ? isDigest(reference) : isTag(reference);
  if (!isRepository(repository) || !valid) {
    throw new DualRegistryError(
      "USAGE",
      `Image ${quoted(text)}: allowed: a repository of the map with a tag or a digest, such as orders/api:v1.2.3`,
    );
  }
  return { image: imageOf(outputs, repository), reference };
}
