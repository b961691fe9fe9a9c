import { IMAGE_CLASSES, type MappedImage } from "../../domain/image/imageClass";
import { placeOfRegistry } from "../../domain/image/registryAddress";
import type { RegistryOutput, StageOutputs } from "../../outputs";

/** An image of the map at a registry of the stage; or whose registry it is, and what is wrong with that. */
export type ImagePlace =
  | { at: "stage"; registry: RegistryOutput; image: MappedImage }
  | { at: "unmapped" | "wrong class"; repository: string; registry: RegistryOutput; image?: MappedImage }
  | { at: "other stage"; stage: string }
  | { at: "unknown" };

/** The registries of one class or stage, its own first. */
const registriesOf = ({
  registries,
  alternatives,
}: Pick<StageOutputs, "registries" | "alternatives">): RegistryOutput[] =>
  IMAGE_CLASSES.flatMap((each) => [registries[each], ...(alternatives?.[each] ?? [])]);

/** The path of a repository as the map has it, where a registry holds it; undefined for a host or path of another. */
function pathAt(
  { kind, loginServer, vanityHost, namespace }: RegistryOutput,
  host: string,
  path: string,
): string | undefined {
  const own = placeOfRegistry(kind, loginServer, namespace);
  const asked = placeOfRegistry(kind, host.toLowerCase() === vanityHost.toLowerCase() ? loginServer : host, path);
  if (own.registry !== asked.registry) return undefined;
  if (own.path === "") return asked.path;
  return asked.path.startsWith(`${own.path}/`) ? asked.path.slice(own.path.length + 1) : undefined;
}

/**
 * Finds what an address names: which registry of the stage, and which image of the map.
 *
 * @param images the map, by its paths
 */
export function placeOfImage(
  outputs: StageOutputs,
  images: ReadonlyMap<string, MappedImage>,
  host: string,
  path: string,
): ImagePlace {
  const held = registriesOf(outputs).flatMap((registry) => {
    const repository = pathAt(registry, host, path);
    return repository === undefined ? [] : [{ registry, repository, image: images.get(repository) }];
  });
  // One registry may be that of both classes.
  const right = held.find(({ registry, image }) => image?.class === registry.class);
  if (right?.image !== undefined) return { at: "stage", registry: right.registry, image: right.image };
  const wrong = held.find(({ image }) => image !== undefined) ?? held[0];
  if (wrong !== undefined) {
    const { registry, repository, image } = wrong;
    return image === undefined
      ? { at: "unmapped", repository, registry }
      : { at: "wrong class", repository, registry, image };
  }
  const before = outputs.stageBefore;
  const isBefore = before && registriesOf(before).some((registry) => pathAt(registry, host, path) !== undefined);
  return isBefore ? { at: "other stage", stage: before.stage } : { at: "unknown" };
}
