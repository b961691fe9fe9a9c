import { setTimeout as wait } from "node:timers/promises";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { allSettled } from "../base/limit";
import type { TagRegime } from "../domain/image/tags";
import type { ImageTree } from "../oci/copy/tree";
import type { ImageTarget } from "../oci/imageStore";
import type { Manifest } from "../oci/manifest";
import type { LockedParts } from "./locks";
import type { Phase } from "./phases";
import { keepListed } from "./referrersList";
import { type Destination, treeOf } from "./types";

/** What the last phases of every transaction work on. */
interface Finishing {
  destination: Destination;
  tags: readonly string[];
  tree?: ImageTree;
  listed?: readonly Digest[];
  written: readonly string[];
  locked?: boolean;
}

/**
 * Tag, lock, read back. Whoever is killed before the tag leaves none; whoever is killed after it leaves an image that
 * is whole and recorded, and the next run locks it.
 */
export function finishPhases<State extends Finishing>(): readonly Phase<State>[] {
  return [tag, lock, look];
}

const tag: Phase<Finishing> = {
  name: "tag",
  run: async (state, report) => {
    const { destination, tags } = state;
    const { root } = treeOf(state);
    const { regime } = destination.tagRules;
    state.written = await placeTags(destination.target, root, tags, { regime, settle: destination.settles });
    const kept = tags.filter((each) => !state.written.includes(each));
    if (kept.length > 0) report.note(`${kept.join(", ")} stood for it already`);
  },
};

/** Tags first: a race is for them, and who lost it must not lock what nobody points to. */
const lock: Phase<Finishing> = {
  name: "lock",
  run: async (state, report) => {
    const { destination, tags } = state;
    const { target, locks, tagRules } = destination;
    const { root, manifests } = treeOf(state);
    if (tagRules.regime === "mutable") return;
    if (!locks.native) {
      report.note(
        locks.later
          ? "not locked yet, as asked: until somebody does, whoever may push can move the tag"
          : "this registry has no locks: whoever may push can move the tag, and only reading it back tells",
      );
      state.locked = false;
      return;
    }
    await lockTags(state);
    await readBack(target, root.digest, tags);
    const digests = manifests.map(({ digest }) => digest);
    await lockAll(state, { tags, digests });
  },
};

/** A tag that another writer is just writing may be seen as none: it is read back, and then locked or lost. */
async function lockTags(state: Finishing): Promise<void> {
  const { destination, tags } = state;
  try {
    await lockAll(state, { tags, digests: [] });
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "NOT_FOUND") throw error;
    await readBack(destination.target, treeOf(state).root.digest, tags);
    await lockAll(state, { tags, digests: [] });
  }
}

/** A registry that says yes and does nothing is asked once more. */
async function lockAll(state: Finishing, parts: LockedParts): Promise<void> {
  const { target, path, locks } = state.destination;
  const first = await locks.lock(path, parts);
  const { locked, changeable } = first.locked ? first : await locks.lock(path, parts);
  state.locked = locked;
  if (locked) return;
  throw new DualRegistryError(
    "REGISTRY_REFUSED",
    `${target.name}: locked, but the registry says that these can still be changed: ${changeable.join(", ")}; ` +
      `see who unlocks them, then run the same command again`,
  );
}

/** The tags once more, and the record: a list of referrers kept under a tag may have been written over meanwhile. */
const look: Phase<Finishing> = {
  name: "read back",
  run: async ({ destination, tags, tree, listed = [] }) => {
    const { digest } = treeOf({ ...(tree && { tree }) }).root;
    await allSettled([readBack(destination.target, digest, tags), keepListed(destination.target, digest, listed)]);
  },
};

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
async function placeTags(
  target: ImageTarget,
  manifest: Manifest,
  tags: readonly string[],
  { regime, settle }: { regime: TagRegime; settle: boolean },
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const tag of tags) if (await placeTag(target, manifest, tag, { regime, settle })) written.push(tag);
  // Also for a tag that stood for it already: whoever wrote it may have written it a moment ago, and not be alone.
  if (settle && tags.length > 0) await wait(SETTLE);
  return written;
}

/** Times that a tag is looked at and written anew where that took longer than it may. */
const ROUNDS = 5;

/** @returns whether it was written, or may have been */
async function placeTag(
  target: ImageTarget,
  manifest: Manifest,
  tag: string,
  { regime, settle }: { regime: TagRegime; settle: boolean },
): Promise<boolean> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    const limit = settle ? AbortSignal.timeout(SETTLE) : undefined;
    const states = await tagStates(target, manifest.digest, [tag]);
    refuseTaken(target, manifest.digest, regime, states);
    if (states.ours.length > 0) return round > 1;
    try {
      await target.writeManifest(manifest, { tag, ...(limit && { signal: limit }) });
      return true;
    } catch (error) {
      // Too slow to be believed: somebody else may have looked meanwhile.
      if (limit?.aborted) continue;
      if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
      // Another writer may have been first, and have locked it: then that is what to say, or nothing at all.
      const now = await tagStates(target, manifest.digest, [tag]);
      refuseTaken(target, manifest.digest, regime, now);
      if (now.ours.length === 0) throw error;
      return true;
    }
  }
  const within = `within ${SETTLE / 1000} s, which is what keeps tags of this registry from moving`;
  throw new DualRegistryError(
    "REGISTRY_UNAVAILABLE",
    `${target.name}:${tag} could not be looked at and written ${within}, ${ROUNDS} times; run the same command again`,
  );
}

/** A tag that is just being written may be seen as none; it is looked at again so many times in all. */
const LOOKS = 4;

/** @throws DualRegistryError TAG_TAKEN where a tag does not stand for the digest: another writer was later */
async function readBack(target: ImageTarget, digest: Digest, tags: readonly string[]): Promise<void> {
  let { free, taken } = await tagStates(target, digest, tags);
  for (let look = 1; look < LOOKS && free.length > 0; look += 1) {
    await wait(100 * look);
    ({ free, taken } = await tagStates(target, digest, tags));
  }
  const lines = [
    ...taken.map(({ tag, digest: other }) => takenLine(target.name, tag, other, digest)),
    ...free.map((tag) => `${target.name}:${tag} was written and is not there any more; run the same command again`),
  ];
  if (lines.length > 0) throw new DualRegistryError("TAG_TAKEN", lines.join("\n"));
}
