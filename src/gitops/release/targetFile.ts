import { DualRegistryError } from "../../base/errors";
import { formatReference } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import { type ImageChange, type ImageParts, type ImageSite, setImages } from "../documents";
import { namedPlaces, type NamedPlace, type PlaceOf, samePlaces } from "./samePlace";
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

/**
 * Writes the images that are wanted into a target file, and nothing else: a place of the target gets the image of the same
 * repository of the map. What names no image of the map gets the image of the same name, else the one at the same place, where
 * names (of the object, of the container) and never numbers say which one that is. A file that is not there becomes the
 * source's, with these images.
 *
 * @param wanted of the source file
 * @param before where the stage before has its images, and `to` where the target has
 * @throws DualRegistryError CHANGE_REFUSED where an image has no place, one place could get two, or a file that is made would
 * keep an image that was not accepted for the target
 */
export function writeTarget(
  { source, target }: FilePair,
  wanted: readonly WantedImage[],
  { before, to }: { before: StagePlace; to: StagePlace },
): TargetFile {
  const created = target.text === undefined;
  const text = target.text ?? source.text;
  const own = namedPlaces(target.path, text);
  const places = placesOf(source, wanted);
  const copied = new Map(places.map(({ site, value }) => [whereIs(site), value]));
  const found = (place: NamedPlace) =>
    created ? copied.get(whereIs(place.site)) : wantedAt(place, places, own, { before, to });
  const placed: PlacedImage[] = own.flatMap((place) => {
    const { site } = place;
    const image = found(place);
    return image === undefined ? [] : [{ site, wanted: image, to: partsAt(site, image, to) }];
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
  const kept = created ? own.find(({ site }) => !copied.has(whereIs(site)) && !isChart(site, [before, to])) : undefined;
  if (kept !== undefined) {
    const name = formatReference({ ...kept.site, host: kept.site.host ?? "docker.io" });
    throw new DualRegistryError(
      "CHANGE_REFUSED",
      `${target.path} is not there, and made from ${source.path} it would keep ${quoted(name)} (${siteText({ ...kept.site, file: source.path })}), which is not of the release; add it to the release's images in Pulumi.yaml, or make ${target.path} by hand`,
    );
  }
  const changes = placed.map(({ site, to: parts }): ImageChange => ({ site, to: parts }));
  return { path: target.path, text: setImages(target.path, text, changes), created, placed };
}

/** The wanted image of each place of the source. */
function placesOf({ path, text }: FilePair["source"], wanted: readonly WantedImage[]): PlaceOf<WantedImage>[] {
  const images = new Map(
    wanted.flatMap((image) =>
      image.sites.filter(({ file }) => file === path).map((site) => [whereIs(site), image] as const),
    ),
  );
  return namedPlaces(path, text).flatMap((place) => {
    const value = images.get(whereIs(place.site));
    return value === undefined ? [] : [{ ...place, mapped: value.mapped?.repository, value }];
  });
}

/** True for a chart or manifests of somebody else's, which a promotion leaves where they are. */
const isChart = (site: ImageSite, places: readonly StagePlace[]): boolean =>
  site.artifact === true && places.every((place) => stageImageOf(place, site) === undefined);

const whereIs = ({ document, path }: ImageSite): string => JSON.stringify([document, path]);

function wantedAt(
  place: NamedPlace,
  places: readonly PlaceOf<WantedImage>[],
  own: readonly NamedPlace[],
  { before, to }: { before: StagePlace; to: StagePlace },
): WantedImage | undefined {
  const { site } = place;
  const mapped = (stageImageOf(to, site) ?? stageImageOf(before, site))?.image.repository;
  const images = [...new Set(samePlaces(place, mapped, places, own).map(({ value }) => value))];
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
