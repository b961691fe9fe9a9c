import { NO_LOCKS } from "../../images/locks";
import type { Destination } from "../../images/types";
import type { StageOutputs } from "../../outputs";

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

/** The outputs that a command was run with, for the commands that it names. */
export interface NamedOutputs {
  outputs: Pick<StageOutputs, "registries" | "alternatives">;
  /** The file that they are of. */
  outputsFile: string;
}

/** A command by which the named one goes to the same registry: it says which, where that is not the stage's own. */
function sameRegistry(
  command: string,
  { class: imageClass }: Destination,
  { outputs, outputsFile }: NamedOutputs,
): string {
  const registry = outputs.registries[imageClass];
  const chosen = outputs.alternatives?.[imageClass].includes(registry) ? `REGISTRY_TYPE=${registry.kind} ` : "";
  return `${chosen}dualreg image ${command} --outputs ${outputsFile}`;
}

/** What is still to be done after {@link lockingLater}: a command for each tag. */
export function stillToLock(
  destination: Destination,
  { tags, locked }: { tags: readonly string[]; locked: boolean | null },
  named: NamedOutputs,
): { lockWith?: readonly string[] } {
  const { locks, repository } = destination;
  if (locks.later !== true || locked !== false) return {};
  return { lockWith: tags.map((tag) => sameRegistry(`lock ${repository}:${tag}`, destination, named)) };
}

/**
 * What is still to be done about an image: its tags, where it was pushed by digest, and the locks of those.
 */
export function stillToDo(
  { destination, byDigest }: { destination: Destination; byDigest?: true },
  { tags, locked }: { tags: readonly string[]; locked: boolean | null },
  named: NamedOutputs,
): { tagWith?: string; lockWith?: readonly string[] } {
  if (byDigest === undefined) return stillToLock(destination, { tags, locked }, named);
  const unlocked = destination.tagRules.regime === "mutable" ? null : false;
  return {
    tagWith: sameRegistry("tag <the results of all images>", destination, named),
    ...stillToLock(destination, { tags, locked: unlocked }, named),
  };
}
