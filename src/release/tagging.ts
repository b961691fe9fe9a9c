import { setTimeout as wait } from "node:timers/promises";
import type { TagRegime } from "../domain/tagRules";
import { DualRegistryError } from "../errors";
import type { Digest } from "../oci/digest";
import type { ImageTarget } from "../oci/imageStore";
import type { Manifest } from "../oci/manifest";

/**
 * Milliseconds between writing a tag and believing that it stayed, where nothing but reading back keeps tags immutable.
 * Every writer looks whether the tag is free and writes it within this time; so whoever still holds it afterwards
 * holds it for good, and all others see that they lost.
 */
export const SETTLE = 2_000;

/** What stands under each tag, told apart. */
export interface TagStates {
  free: readonly string[];
  /** Stand for the wanted digest already. */
  ours: readonly string[];
  /** Stand for another one. */
  taken: readonly { tag: string; digest: Digest }[];
}

/** Asks for each tag what it stands for. */
export async function tagStates(target: ImageTarget, digest: Digest, tags: readonly string[]): Promise<TagStates> {
  const states = await Promise.all(tags.map(async (tag) => ({ tag, found: await target.resolve(tag) })));
  return {
    free: states.flatMap(({ tag, found }) => (found === undefined ? [tag] : [])),
    ours: states.flatMap(({ tag, found }) => (found?.digest === digest ? [tag] : [])),
    taken: states.flatMap(({ tag, found }) =>
      found === undefined || found.digest === digest ? [] : [{ tag, digest: found.digest }],
    ),
  };
}

const takenLine = (name: string, tag: string, digest: Digest, wanted: Digest) =>
  `${name}:${tag} stands for ${digest} and not for ${wanted}; tags of this registry never move: take a new version`;

/** @throws DualRegistryError TAG_TAKEN, with a line a tag, where the regime is immutable and a tag is taken */
export function refuseTaken(target: ImageTarget, digest: Digest, regime: TagRegime, { taken }: TagStates): void {
  if (regime === "mutable" || taken.length === 0) return;
  const lines = taken.map(({ tag, digest: other }) => takenLine(target.name, tag, other, digest));
  throw new DualRegistryError("TAG_TAKEN", lines.join("\n"));
}

/**
 * Puts tags on a manifest that is there. A tag that stands for it already is not written again.
 *
 * @param settle where nothing but reading back keeps tags: each is looked at and written within {@link SETTLE}, and as
 *   long is waited afterwards, so that {@link readBack} may be believed
 * @returns the tags that were written
 */
export async function placeTags(
  target: ImageTarget,
  manifest: Manifest,
  tags: readonly string[],
  { regime, settle }: { regime: TagRegime; settle: boolean },
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const tag of tags) {
    const options = settle ? { signal: AbortSignal.timeout(SETTLE) } : {};
    const states = await tagStates(target, manifest.digest, [tag]);
    refuseTaken(target, manifest.digest, regime, states);
    if (states.ours.length > 0) continue;
    await target.writeManifest(manifest, { tag, ...options });
    written.push(tag);
  }
  if (settle && written.length > 0) await wait(SETTLE);
  return written;
}

/** @throws DualRegistryError TAG_TAKEN where a tag does not stand for the digest: another writer was later */
export async function readBack(target: ImageTarget, digest: Digest, tags: readonly string[]): Promise<void> {
  const { free, taken } = await tagStates(target, digest, tags);
  const lines = [
    ...taken.map(({ tag, digest: other }) => takenLine(target.name, tag, other, digest)),
    ...free.map((tag) => `${target.name}:${tag} was written and is not there any more; run the same command again`),
  ];
  if (lines.length > 0) throw new DualRegistryError("TAG_TAKEN", lines.join("\n"));
}
