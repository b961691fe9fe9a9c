import { z } from "zod";
import { parseJson } from "../boundedFile";
import type { SweepDecision, SweepManifest } from "../domain/sweep";
import { fallbackSubject } from "../domain/sweepGraph";
import { DualRegistryError } from "../errors";
import type { ImageTarget } from "../oci/imageStore";
import type { RegistryCall } from "./acrLocks";

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
      if (known.has(tag) || fallbackSubject(tag) !== undefined) continue;
      // Some registries go on listing tags whose manifest is gone; they name nothing.
      if ((await target.resolve(tag)) !== undefined) return `the tag ${tag} has come`;
    }
    return undefined;
  };
}
