import type { MappedImage } from "../domain/imageClass";
import { quoted } from "../boundedFile";
import { DualRegistryError } from "../errors";
import type { StageOutputs } from "./stageOutputs";

/**
 * Class and binding of a repository, as the map in Pulumi.yaml says. A repository that is not mapped has no class, and
 * gets none by default.
 *
 * @param repository path as the map has it: without host, and without the namespace of a registry that is only named
 * @throws DualRegistryError CONFIG_INVALID
 */
export function imageOf(outputs: Pick<StageOutputs, "images">, repository: string): MappedImage {
  const image = outputs.images.find((one) => one.repository === repository);
  if (image) return image;
  const near = outputs.images.slice(0, 10).map((one) => one.repository);
  const more = outputs.images.length > near.length ? ", …" : "";
  throw new DualRegistryError(
    "CONFIG_INVALID",
    `Repository ${quoted(repository)} is not mapped to a class; allowed: ${near.join(", ")}${more}; ` +
      "add it to images in Pulumi.yaml, with class secure or standard, and run `pulumi up`",
  );
}
