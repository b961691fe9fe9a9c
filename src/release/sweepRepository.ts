import type { SweepDecision, SweepPlan } from "../domain/sweep";
import { fallbackSubject } from "../domain/sweepGraph";
import { DualRegistryError } from "../errors";
import type { Digest } from "../oci/digest";
import type { ImageTarget } from "../oci/imageStore";
import { isIndexType } from "../oci/mediaTypes";

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
 * @param look what has changed of a manifest since the plan was made; undefined where nothing has
 */
export async function carryOut(
  target: ImageTarget,
  plan: SweepPlan,
  look: (decision: SweepDecision) => Promise<string | undefined>,
  onDone: (swept: Swept) => void,
): Promise<Swept[]> {
  const done: Swept[] = [];
  const gone = new Set<Digest>();
  const kept = new Set(plan.decisions.filter(({ action }) => action === "keep").map(({ digest }) => digest));
  for (const decision of plan.deletions) {
    const changed = await look(decision);
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
    const subject = fallbackSubject(tag);
    if (subject === undefined || !gone.has(subject)) {
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
