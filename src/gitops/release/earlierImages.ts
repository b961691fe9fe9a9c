import { DualRegistryError } from "../../base/errors";
import type { StageOutputs } from "../../outputs";
import type { ImageSite } from "../documents";
import { partsOf } from "./promoteRelease";
import { namedPlaces, samePlaces } from "./samePlace";
import { siteText, stageImageOf } from "./stageImages";

/** The image of the map that a place names; undefined also for one at the stage's registry that is not of the map. */
export function mappedOf(site: ImageSite, outputs: StageOutputs) {
  try {
    return stageImageOf(outputs, site);
  } catch (error) {
    if (error instanceof DualRegistryError) return undefined;
    throw error;
  }
}

/**
 * What each place of today's file named then: the same image of the map, or what no map names at the same names. A place that
 * named nothing then is refused, and one that could have named several.
 *
 * @throws DualRegistryError CHANGE_REFUSED, and GATE_REFUSED for an image at the stage's registry that is not of the map
 */
export function pairsOf(
  path: string,
  now: string,
  earlier: string,
  { outputs, images }: { outputs: StageOutputs; images: readonly string[] | undefined },
): { site: ImageSite; was: ImageSite }[] {
  const refuse = (site: ImageSite, why: string) =>
    new DualRegistryError("CHANGE_REFUSED", `${siteText(site)} ${why}; take a later commit, or change ${path} by hand`);
  const then = namedPlaces(path, earlier).map((place) => ({
    ...place,
    mapped: mappedOf(place.site, outputs)?.image.repository,
    value: place.site,
  }));
  const own = namedPlaces(path, now);
  return own.flatMap((place) => {
    const { site } = place;
    const mapped = stageImageOf(outputs, site)?.image.repository;
    if (mapped === undefined ? site.artifact === true : images?.includes(mapped) === false) return [];
    const found = new Map(
      samePlaces(place, mapped, then, own).map(({ value }) => [JSON.stringify(partsOf(value)), value]),
    );
    const [was, ...more] = found.values();
    if (more.length > 0) throw refuse(site, "could have named each of several versions then");
    if (was !== undefined) return [{ site, was }];
    if (mapped === undefined) return [];
    throw refuse(site, "named no image then");
  });
}
