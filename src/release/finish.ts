import { DualRegistryError } from "../errors";
import { allSettled } from "../oci/copy/limit";
import type { ImageTree } from "../oci/copy/tree";
import type { Digest } from "../oci/digest";
import { keepListed } from "./keepListed";
import type { LockedParts } from "./locks";
import { treeOf, type Destination } from "./publishState";
import type { Phase } from "./phases";
import { placeTags, readBack } from "./tagging";

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
