import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { isReferrersTag, isReferrersTagOf } from "../base/referrersTag";
import type { SweepManifest } from "../domain/sweep/graph";
import type { SweepDecision, SweepPlan } from "../domain/sweep/planSweep";
import { type AcrAttributes, isLocked, readAcrAttributes, type RegistryCall } from "../images/acr";
import { type ImageTarget, isIndexType } from "../oci";

/** What became of one deletion. */
export interface Swept {
  decision: SweepDecision;
  state: "deleted" | "changed" | "refused";
  why?: string;
}

/**
 * Carries a plan out, in its order. Just before each deletion it is looked at again: what has changed in the meantime is
 * left alone, and so is all that the plan would have deleted after it, since it may belong to it. The tag that lists what
 * refers to an image which is gone moves whenever that list does, and its list goes with it, unless the plan keeps it.
 *
 * @param recheck looks at a manifest once more
 */
export async function executeSweep(
  target: ImageTarget,
  plan: SweepPlan,
  recheck: Recheck,
  onDone: (swept: Swept) => void,
): Promise<Swept[]> {
  const done: Swept[] = [];
  const gone = new Set<Digest>();
  const kept = new Set(plan.decisions.filter(({ action }) => action === "keep").map(({ digest }) => digest));
  for (const decision of plan.deletions) {
    const changed = await recheck(decision);
    const swept: Swept =
      changed === undefined
        ? await deleteOne(target, decision, { gone, kept })
        : { decision, state: "changed", why: `${changed} since the plan was made` };
    done.push(swept);
    onDone(swept);
    if (swept.state !== "deleted") break;
    gone.add(decision.digest);
  }
  return done;
}

async function deleteOne(
  target: ImageTarget,
  decision: SweepDecision,
  { gone, kept }: { gone: ReadonlySet<Digest>; kept: ReadonlySet<Digest> },
): Promise<Swept> {
  const { digest, tags } = decision;
  const doomed = new Set([digest]);
  for (const tag of tags) {
    const found = await target.resolve(tag);
    if (found?.digest === digest) continue;
    if (![...gone].some((subject) => isReferrersTagOf(tag, subject))) {
      return { decision, state: "changed", why: `${tag} has moved since the plan was made` };
    }
    if (found && isIndexType(found.mediaType) && !kept.has(found.digest)) doomed.add(found.digest);
  }
  try {
    for (const each of doomed) await target.delete(each);
    await deleteTags(target, doomed, tags);
    return { decision, state: "deleted" };
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "REGISTRY_REFUSED") throw error;
    return { decision, state: "refused", why: error.message };
  }
}

/** Some registries keep a tag whose manifest is deleted. */
async function deleteTags(target: ImageTarget, doomed: ReadonlySet<Digest>, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    const found = await target.resolve(tag);
    if (found && doomed.has(found.digest)) await target.delete(tag);
  }
}

/** What has changed of a manifest since the plan was made; undefined where nothing has. */
export type Recheck = (decision: SweepDecision) => Promise<string | undefined>;

/** Asks an ACR for a manifest's own attributes: its tags, its locks, when it was last pushed. */
export function recheckAcr(path: string, call: RegistryCall, inventory: readonly SweepManifest[]): Recheck {
  const pushed = new Map(inventory.map(({ digest, pushedAt }) => [digest, pushedAt]));
  return async ({ digest, tags }) => {
    const attributes = await attributesOf(path, call, digest);
    if (attributes === undefined) return undefined;
    if (isLocked(attributes)) return "it was locked";
    const fresh = attributes.tags.filter((tag) => !tags.includes(tag));
    if (fresh.length > 0) return `it was tagged ${fresh.join(", ")}`;
    return attributes.pushedAt === pushed.get(digest) ? undefined : "it was pushed again";
  };
}

/**
 * A manifest's attributes; undefined where it is gone, which is what a sweep wants.
 *
 * @throws DualRegistryError CONTENT_INVALID where the registry does not say whether it is locked
 */
async function attributesOf(path: string, call: RegistryCall, digest: Digest): Promise<AcrAttributes | undefined> {
  const where = `${path}@${digest}`;
  try {
    const attributes = await readAcrAttributes(call, path, { digest }, where);
    if (attributes?.changeable) return attributes;
  } catch (error) {
    if (error instanceof DualRegistryError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
  throw new DualRegistryError("CONTENT_INVALID", `${where}: the registry does not say whether it is locked`);
}

/** Lists the tags anew: what has come may name, as an index, anything that the plan would delete. */
export function recheckTags(target: ImageTarget, inventory: readonly SweepManifest[]): Recheck {
  const known = new Set(inventory.flatMap(({ tags }) => tags));
  return async () => {
    for await (const tag of target.tags()) {
      if (known.has(tag) || isReferrersTag(tag)) continue;
      // Some registries go on listing tags whose manifest is gone; they name nothing.
      if ((await target.resolve(tag)) !== undefined) return `the tag ${tag} has come`;
    }
    return undefined;
  };
}
