import { z } from "zod";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { parseJson } from "../base/json";
import { isReferrersTag, isReferrersTagOf } from "../base/referrersTag";
import type { SweepDecision, SweepManifest, SweepPlan } from "../domain/sweep/planSweep";
import type { RegistryCall } from "../images/locks";
import type { ImageTarget } from "../oci/imageStore";
import { isIndexType } from "../oci/manifest";

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

type Look = (decision: SweepDecision) => Promise<string | undefined>;

const answer = z.object({
  manifest: z.object({
    tags: z.array(z.string()).nullish(),
    lastUpdateTime: z.string().nullish(),
    createdTime: z.string().nullish(),
    changeableAttributes: z.object({ writeEnabled: z.boolean().optional(), deleteEnabled: z.boolean().optional() }),
  }),
});

/** Asks an ACR for a manifest's own attributes: its tags, its locks, when it was last pushed. */
export function acrLook(path: string, call: RegistryCall, inventory: readonly SweepManifest[]): Look {
  const pushed = new Map(inventory.map(({ digest, pushedAt }) => [digest, pushedAt]));
  return async ({ digest, tags }) => {
    const bytes = await attributes(path, call, digest);
    if (bytes === undefined) return undefined;
    const { manifest } = answer.parse(parseJson(bytes, `${path}@${digest}`));
    const { writeEnabled = true, deleteEnabled = true } = manifest.changeableAttributes;
    if (!writeEnabled || !deleteEnabled) return "it was locked";
    const fresh = (manifest.tags ?? []).filter((tag) => !tags.includes(tag));
    if (fresh.length > 0) return `it was tagged ${fresh.join(", ")}`;
    const at = manifest.lastUpdateTime ?? manifest.createdTime ?? undefined;
    return at === pushed.get(digest) ? undefined : "it was pushed again";
  };
}

/** A manifest's attributes; undefined where it is gone, which is what a sweep wants. */
async function attributes(path: string, call: RegistryCall, digest: string): Promise<Buffer | undefined> {
  try {
    const options = { repository: path, actions: ["metadata_read"] };
    return (await call("GET", `/acr/v1/${path}/_manifests/${digest}`, options)).bytes;
  } catch (error) {
    if (error instanceof DualRegistryError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** Lists the tags anew: what has come may name, as an index, anything that the plan would delete. */
export function tagLook(target: ImageTarget, inventory: readonly SweepManifest[]): Look {
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
