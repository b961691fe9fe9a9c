import { setTimeout as wait } from "node:timers/promises";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { allSettled } from "../base/limit";
import type { TagRegime } from "../domain/image/tags";
import type { ImageTarget, ImageTree, Manifest } from "../oci";
import type { LockedParts } from "./locks";
import type { PhaseReport, RunPhase } from "./phases";
import { ensureReferrersListed } from "./referrersList";
import type { Destination } from "./types";

/** An image that stands whole and recorded at its destination, and is to get its tags. */
export interface Recorded {
  destination: Destination;
  tags: readonly string[];
  tree: ImageTree;
  /** What must be among the target's referrers of the image, at last the record. */
  referrers: readonly Digest[];
}

/** The last phases of every transaction. */
export const FINAL_PHASES = ["tag", "lock", "read back"] as const;

/**
 * Tag, lock, read back. Whoever is killed before the tag leaves none; whoever is killed after it leaves an image that
 * is whole and recorded, and the next run locks it.
 *
 * @param onLocked hears whether it is locked as soon as the registry said so, also where something fails afterwards
 * @returns whether it is locked; null where its tags may move
 */
export async function tagAndLock(
  recorded: Recorded,
  phase: RunPhase<(typeof FINAL_PHASES)[number]>,
  onLocked: (locked: boolean) => void = () => undefined,
): Promise<boolean | null> {
  const { destination, tags, tree, referrers } = recorded;
  const { digest } = tree.root;
  await phase("tag", (report) => placeAll(recorded, report));
  const locked = await phase("lock", (report) => lock(recorded, report, onLocked));
  // A list of referrers kept under a tag may have been written over meanwhile.
  await phase("read back", () =>
    allSettled([
      readBack(destination.target, digest, tags),
      ensureReferrersListed(destination.target, digest, referrers),
    ]),
  );
  return locked;
}

async function placeAll({ destination, tags, tree }: Recorded, report: PhaseReport): Promise<void> {
  const { regime } = destination.tagRules;
  // Where nothing is locked the last phase reads them back; a lock is not to be put on what somebody else wrote.
  const how = { regime, settle: destination.settles, readBack: destination.locks.native };
  const written = await placeTags(destination.target, tree.root, tags, how);
  const unchanged = tags.filter((each) => !written.includes(each));
  if (unchanged.length > 0) report.note(`${unchanged.join(", ")} stood for it already`);
}

/** Tags first: a race is for them, and who lost it must not lock what nobody points to. */
async function lock(
  recorded: Recorded,
  report: PhaseReport,
  onLocked: (locked: boolean) => void,
): Promise<boolean | null> {
  const { destination, tags, tree } = recorded;
  const { target, locks, tagRules } = destination;
  if (tagRules.regime === "mutable") return null;
  if (!locks.native) {
    report.note(
      locks.later
        ? "not locked yet, as asked: until it is, anyone who may push can move the tag"
        : "this registry has no locks: anyone who may push can move the tag, and only reading it back shows that",
    );
    onLocked(false);
    return false;
  }
  await lockTags(recorded, onLocked);
  await readBack(target, tree.root.digest, tags);
  const digests = tree.manifests.map(({ digest }) => digest);
  await lockAll(destination, { tags, digests }, onLocked);
  return true;
}

/** A tag that another writer is just writing may be seen as none: it is read back, and then locked or lost. */
async function lockTags({ destination, tags, tree }: Recorded, onLocked: (locked: boolean) => void): Promise<void> {
  try {
    await lockAll(destination, { tags, digests: [] }, onLocked);
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "NOT_FOUND") throw error;
    await readBack(destination.target, tree.root.digest, tags);
    await lockAll(destination, { tags, digests: [] }, onLocked);
  }
}

/** A registry that says yes and does nothing is asked once more. */
async function lockAll(
  { target, path, locks }: Destination,
  parts: LockedParts,
  onLocked: (locked: boolean) => void,
): Promise<void> {
  const first = await locks.lock(path, parts);
  const { locked, changeable } = first.locked ? first : await locks.lock(path, parts);
  onLocked(locked);
  if (locked) return;
  throw new DualRegistryError(
    "REGISTRY_REFUSED",
    `${target.name}: locked, but the registry says that these can still be changed: ${changeable.join(", ")}; ` +
      `see who unlocks them, then run the same command again`,
  );
}

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

/** What to do about an image that went past the gates and took a name. */
export const REMOVE_UNGATED =
  "take away an image that passed no gate: dualreg image unlock, then delete it by its digest (docs/runbook.md), and its name is free again";

const takenLine = (name: string, tag: string, digest: Digest, wanted: Digest) =>
  `${name}:${tag} stands for ${digest} and not for ${wanted}; tags of this registry never move: take a new version; ` +
  `or, where dualreg image verify finds no record of its gates, ${REMOVE_UNGATED}`;

/** @throws DualRegistryError TAG_TAKEN, with a line a tag, where the regime is immutable and a tag is taken */
export function refuseTaken(target: ImageTarget, digest: Digest, regime: TagRegime, { taken }: TagStates): void {
  if (regime === "mutable" || taken.length === 0) return;
  const lines = taken.map(({ tag, digest: other }) => takenLine(target.name, tag, other, digest));
  throw new DualRegistryError("TAG_TAKEN", lines.join("\n"));
}

/** How tags are placed. */
interface TagPlacing {
  regime: TagRegime;
  /**
   * Where nothing but reading back keeps tags: each is looked at and written within {@link SETTLE}, and as long is waited
   * afterwards, so that {@link readBack} may be believed.
   */
  settle: boolean;
  /** Whether each is read back at once, beside what the last phase reads. */
  readBack: boolean;
}

/**
 * Puts tags on a manifest that is there. A tag that stands for it already is not written again.
 *
 * @returns the tags that were written
 */
async function placeTags(
  target: ImageTarget,
  manifest: Manifest,
  tags: readonly string[],
  how: TagPlacing,
): Promise<readonly string[]> {
  const { settle } = how;
  const written: string[] = [];
  for (const tag of tags) if (await placeTag(target, manifest, tag, how)) written.push(tag);
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
  { regime, settle, readBack }: TagPlacing,
): Promise<boolean> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    const limit = settle ? AbortSignal.timeout(SETTLE) : undefined;
    const states = await tagStates(target, manifest.digest, [tag]);
    refuseTaken(target, manifest.digest, regime, states);
    if (states.ours.length > 0) return round > 1;
    try {
      await target.writeManifest(manifest, { tag, readBack, ...(limit && { signal: limit }) });
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
