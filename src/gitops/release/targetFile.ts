import { DualRegistryError } from "../../base/errors";
import { formatReference } from "../../base/reference";
import { findImages, type ImageChange, type ImageParts, type ImageSite, setImages } from "../documents";
import { isHostOf, siteText, type StagePlace, stageImageOf } from "./stageImages";
import type { WantedImage } from "./wanted";

/** One place of a target file, what it said and what it is to say. */
interface PlacedImage {
  site: ImageSite;
  wanted: WantedImage;
  to: ImageParts;
}

/** A file of the target stage as it is to be. */
export interface TargetFile {
  path: string;
  text: string;
  /** True where it is made from the source. */
  created: boolean;
  placed: readonly PlacedImage[];
}

/** A file of the source stage, and the file of the target stage in its place. */
export interface FilePair {
  source: { path: string; text: string };
  target: { path: string; text: string | undefined };
}

const nameOf = ({ host, repository }: ImageParts): string => `${host ?? "docker.io"}/${repository}`;
const pathKey = ({ object, path }: ImageSite): string =>
  JSON.stringify([object.apiVersion.split("/")[0], object.kind, path]);

/**
 * Writes the images that are wanted into a target file, and nothing else: where a place of the target is a place of the
 * source (kind of object and path), it gets that place's image, else the image of the same name. A file that is not there
 * becomes the source's, with these images.
 *
 * @param wanted of the source file
 * @param before where the stage before has its images, and `to` where the target has
 * @throws DualRegistryError CHANGE_REFUSED where an image has no place, or one place could get two
 */
export function writeTarget(
  { source, target }: FilePair,
  wanted: readonly WantedImage[],
  { before, to }: { before: StagePlace; to: StagePlace },
): TargetFile {
  const created = target.text === undefined;
  const text = target.text ?? source.text;
  const sites = findImages(target.path, text).images;
  const places = placesOf(source.path, wanted);
  const placed: PlacedImage[] = sites.flatMap((site) => {
    const found = wantedAt(site, places, { before, to });
    return found === undefined ? [] : [{ site, wanted: found, to: partsAt(site, found, to) }];
  });
  for (const each of wanted) {
    const here = each.sites.some(({ file }) => file === source.path);
    if (!here || each.mapped === undefined || placed.some((place) => place.wanted === each)) continue;
    const [site] = each.sites;
    const where = site === undefined ? "" : siteText(site);
    throw new DualRegistryError(
      "CHANGE_REFUSED",
      `${target.path} has no place for ${each.mapped.repository} (${where}); add the image there, or remove the file, which is then made anew`,
    );
  }
  const changes = placed.map(({ site, to: parts }): ImageChange => ({ site, to: parts }));
  return { path: target.path, text: setImages(target.path, text, changes), created, placed };
}

/** The wanted image of each place of the source. */
const placesOf = (file: string, wanted: readonly WantedImage[]) =>
  wanted.flatMap((image) => image.sites.filter((site) => site.file === file).map((site) => ({ site, image })));

function wantedAt(
  site: ImageSite,
  places: readonly { site: ImageSite; image: WantedImage }[],
  { before, to }: { before: StagePlace; to: StagePlace },
): WantedImage | undefined {
  const same = places.filter((place) => pathKey(place.site) === pathKey(site));
  const named = same.filter((place) => place.site.object.name === site.object.name);
  const byPlace = named.length > 0 ? named : same;
  const mapped = (stageImageOf(to, site) ?? stageImageOf(before, site))?.image.repository;
  const byName = (among: typeof places) =>
    among.filter(({ image }) =>
      mapped === undefined ? nameOf(image.from) === nameOf(site) : image.mapped?.repository === mapped,
    );
  const narrowed = byPlace.length > 1 && byName(byPlace).length > 0 ? byName(byPlace) : byPlace;
  const found = narrowed.length > 0 ? narrowed : byName(places);
  const images = [...new Set(found.map(({ image }) => image))];
  if (images.length <= 1) return images[0];
  const names = images.map(({ from }) => formatReference({ ...from, host: from.host ?? "docker.io" })).join(", ");
  throw new DualRegistryError(
    "CHANGE_REFUSED",
    `${siteText(site)} could be each of ${names}; give the objects of both files the same names`,
  );
}

/** A file that calls its registry by the name that a proxy serves keeps that name. */
function partsAt(site: ImageSite, { to, mapped }: WantedImage, place: StagePlace): ImageParts {
  if (mapped === undefined) return to;
  const registry = place.registries[mapped.class];
  return isHostOf(registry, site.host) && site.host !== undefined ? { ...to, host: site.host } : to;
}
