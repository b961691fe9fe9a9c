import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { IMAGE_CLASSES, type MappedImage } from "../../domain/image/imageClass";
import { pathIn } from "../../images/registries";
import type { RegistryOutput, StageOutputs } from "../../outputs";
import type { ImageParts, ImageSite } from "../documents";

/** An image of the map, and the registry of a stage at which a document names it. */
export interface StageImage {
  image: MappedImage;
  registry: RegistryOutput;
}

/** The registries of a stage, of both classes, and the map of images. */
export type StagePlace = Pick<StageOutputs, "registries" | "alternatives" | "images">;

const registriesOf = ({ registries, alternatives }: StagePlace): RegistryOutput[] =>
  IMAGE_CLASSES.flatMap((imageClass) => [registries[imageClass], ...(alternatives?.[imageClass] ?? [])]);

/** True where a document's host is a registry's: its login server, or the name that a proxy serves it by. */
export const isHostOf = ({ loginServer, vanityHost }: RegistryOutput, host: string | undefined): boolean =>
  host !== undefined && [loginServer, vanityHost].some((own) => own.toLowerCase() === host.toLowerCase());

/**
 * The image of the map that a document names at one of a stage's registries; undefined for an image of any other place.
 *
 * @throws DualRegistryError GATE_REFUSED for an image at a stage's registry that is not of the map, or of the other class
 */
export function stageImageOf(place: StagePlace, { host, repository }: ImageParts): StageImage | undefined {
  const registries = registriesOf(place).filter((registry) => isHostOf(registry, host));
  if (registries.length === 0) return undefined;
  for (const registry of registries) {
    const image = place.images.find((each) => pathIn(registry, each.repository) === repository);
    if (image?.class === registry.class) return { image, registry };
  }
  const other = place.images.find((each) =>
    registries.some((registry) => pathIn(registry, each.repository) === repository),
  );
  const name = quoted(`${host ?? ""}/${repository}`);
  if (other !== undefined) {
    throw new DualRegistryError(
      "GATE_REFUSED",
      `${name} is of class ${other.class}, and its registry of class ${registries[0]?.class ?? ""}; name it at its own`,
    );
  }
  throw new DualRegistryError("GATE_REFUSED", `${name} is not mapped to a class; add it to images in Pulumi.yaml`);
}

/** The registries of a stage, for messages. */
export const hostsOf = (place: StagePlace): string =>
  [...new Set(registriesOf(place).map(({ loginServer, namespace }) => pathOf(loginServer, namespace)))].join(", ");

const pathOf = (host: string, namespace: string | undefined) =>
  namespace === undefined ? host : `${host}/${namespace}`;

/** Where an image stands, for messages: `apps/qa/inventory.yaml, line 12, spec.values.image`. */
export const siteText = ({ file, line, path }: ImageSite): string => `${file}, line ${line}, ${path.join(".")}`;
