import type { SweepDecision, SweepPlan } from "../domain/sweep";
import { DualRegistryError } from "../errors";
import type { ImageTarget } from "../oci/imageStore";

/** What became of one deletion. */
export interface Swept {
  decision: SweepDecision;
  state: "deleted" | "changed" | "refused";
  why?: string;
}

/**
 * Carries a plan out, in its order. Just before each deletion the tags are looked at again: one that has moved in the
 * meantime is left alone, and so is all that the plan would have deleted after it, since it may belong to it.
 */
export async function carryOut(target: ImageTarget, plan: SweepPlan, onDone: (swept: Swept) => void): Promise<Swept[]> {
  const done: Swept[] = [];
  for (const decision of plan.deletions) {
    const swept = await deleteOne(target, decision);
    done.push(swept);
    onDone(swept);
    if (swept.state !== "deleted") break;
  }
  return done;
}

async function deleteOne(target: ImageTarget, decision: SweepDecision): Promise<Swept> {
  const { digest, tags } = decision;
  for (const tag of tags) {
    const found = await target.resolve(tag);
    if (found?.digest !== digest)
      return { decision, state: "changed", why: `${tag} has moved since the plan was made` };
  }
  try {
    await target.delete(digest);
    return { decision, state: "deleted" };
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "REGISTRY_REFUSED") throw error;
    return { decision, state: "refused", why: error.message };
  }
}
