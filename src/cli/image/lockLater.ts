import { NO_LOCKS } from "../../images/locks";
import type { Destination } from "../../images/types";

/**
 * The destination for whoever may push and not lock, as a publisher with AcrPush: locking is left to another
 * identity. Until that has locked, only reading back keeps the tags, as on a registry that has no locks; so each is
 * watched as there. A registry that has none stays as it is, and so does one whose tags may move.
 */
export function lockingLater(destination: Destination, when: "now" | "later" | undefined): Destination {
  const { locks, tagRules } = destination;
  if (when !== "later" || !locks.native || tagRules.regime === "mutable") return destination;
  return { ...destination, locks: { ...NO_LOCKS, later: true }, settles: true };
}

/** What is still to be done after {@link lockingLater}: a command for each tag. */
export function stillToLock(
  { locks }: Destination,
  repository: string,
  { tags, locked }: { tags: readonly string[]; locked: boolean | null },
  outputs: string,
): { lockWith?: readonly string[] } {
  if (locks.later !== true || locked !== false) return {};
  return { lockWith: tags.map((tag) => `dualreg image lock ${repository}:${tag} --outputs ${outputs}`) };
}

/**
 * What is still to be done about an image: its tags, where it was pushed by digest, and the locks of those.
 *
 * @param outputs the file, for the commands that are named
 */
export function stillToDo(
  { destination, byDigest }: { destination: Destination; byDigest?: true },
  { tags, locked }: { tags: readonly string[]; locked: boolean | null },
  outputs: string,
): { tagWith?: string; lockWith?: readonly string[] } {
  const { repository, tagRules } = destination;
  if (byDigest === undefined) return stillToLock(destination, repository, { tags, locked }, outputs);
  const unlocked = tagRules.regime === "mutable" ? null : false;
  return {
    tagWith: `dualreg image tag <the results of all images> --outputs ${outputs}`,
    ...stillToLock(destination, repository, { tags, locked: unlocked }, outputs),
  };
}
