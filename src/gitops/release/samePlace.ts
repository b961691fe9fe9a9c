import { findImages, type ImageParts, type ImageSite } from "../documents";
import { parseFile, type Tree, treeAt } from "../documents/tree";

/** A place of a file that names an image, known by names. */
export interface NamedPlace {
  site: ImageSite;
  /** Kind of object and path, in which the name of an item (a container's) stands for its number; undefined where an item of several has no name. */
  key: string | undefined;
}

/** A place that another one may be, and the repository of the map that it names, if any. */
export interface PlaceOf<T> extends NamedPlace {
  mapped: string | undefined;
  value: T;
}

/** The images of a file with what their places are known by. @throws DualRegistryError CONTENT_INVALID */
export function namedPlaces(file: string, text: string): NamedPlace[] {
  const { documents } = parseFile(file, text);
  return findImages(file, text).images.map((site) => {
    const names = namesOf(documents[site.document], site);
    const { apiVersion, kind } = site.object;
    return { site, key: names && JSON.stringify([apiVersion.split("/")[0], kind, names]) };
  });
}

/** Items of a list may stand in another order elsewhere: only its name says which one is meant. */
function namesOf(root: Tree | undefined, { path }: ImageSite): unknown[] | undefined {
  const names = path.map((step, at) => {
    if (typeof step === "string") return step;
    const list = treeAt(root, ...path.slice(0, at));
    const name = treeAt(root, ...path.slice(0, at + 1), "name");
    if (name?.kind === "leaf") return { name: name.text };
    return list?.kind === "list" && list.items.length === 1 ? 0 : undefined;
  });
  return names.includes(undefined) ? undefined : names;
}

const nameOf = ({ host, repository }: ImageParts): string => `${host ?? "docker.io"}/${repository}`;

/**
 * The places of one file that a place of another is: those of the same image. What names no image of the map may also be
 * meant by where it stands, by names alone. Of several, the ones of the same object and names are meant.
 *
 * @param mapped the repository of the map that the place names, if any
 * @param among all places of the place's own file
 */
export function samePlaces<T>(
  { site, key }: NamedPlace,
  mapped: string | undefined,
  others: readonly PlaceOf<T>[],
  among: readonly NamedPlace[],
): readonly PlaceOf<T>[] {
  const ofName = others.filter((other) =>
    mapped === undefined ? nameOf(other.site) === nameOf(site) : other.mapped === mapped,
  );
  const sameKey = (places: readonly PlaceOf<T>[]) =>
    key === undefined ? [] : places.filter((other) => other.key === key);
  const sameObject = (places: readonly PlaceOf<T>[]) =>
    sameKey(places).filter((other) => other.site.object.name === site.object.name);
  const firstOf = (...choices: (readonly PlaceOf<T>[])[]) => choices.find((choice) => choice.length > 0) ?? [];
  if (ofName.length > 0) return firstOf(sameObject(ofName), sameKey(ofName), ofName);
  if (mapped !== undefined) return [];
  const alone = among.filter((own) => own.key === key).length === 1;
  return firstOf(sameObject(others), alone ? sameKey(others) : []);
}
