import { z } from "zod";
import { parseJson } from "../boundedFile";
import { DualRegistryError } from "../errors";
import { againIfHurt } from "../oci/againIfHurt";
import type { Digest } from "../oci/digest";
import type { ImageLocks, LockedParts, LockState } from "./locks";

/** A call to a registry's own interface, beside the distribution one. Whatever is no success is thrown. */
export type RegistryCall = (
  method: "GET" | "PATCH",
  path: string,
  options: { repository: string; actions: readonly string[]; body?: unknown },
) => Promise<{ status: number; bytes: Buffer }>;

const attributes = z.object({ writeEnabled: z.boolean(), deleteEnabled: z.boolean() });
const answer = z
  .object({
    tag: z.object({ changeableAttributes: attributes }).optional(),
    manifest: z.object({ changeableAttributes: attributes }).optional(),
  })
  .transform(({ tag, manifest }) => (tag ?? manifest)?.changeableAttributes);

interface Part {
  name: string;
  path: string;
}

function partsOf(repository: string, { tags, digests }: LockedParts): Part[] {
  const below = (kind: "_tags" | "_manifests", name: string) => `/acr/v1/${repository}/${kind}/${name}`;
  return [
    ...tags.map((tag) => ({ name: `tag ${tag}`, path: below("_tags", tag) })),
    ...digests.map((digest: Digest) => ({ name: digest, path: below("_manifests", digest) })),
  ];
}

/**
 * Azure's locks: `writeEnabled` and `deleteEnabled` of a tag and of a manifest are two attributes each, and neither
 * follows from the other. Tags are locked first, since a race is for them; unlocked in the other order.
 * Source: Azure Container Registry, "Lock a container image"; REST interface `/acr/v1`, "Update Tag Attributes" and
 * "Update Manifest Attributes".
 */
export function acrLocks(host: string, call: RegistryCall): ImageLocks {
  const readOnce = async (repository: string, part: Part) => {
    const { bytes } = await call("GET", part.path, { repository, actions: ["metadata_read"] });
    const where = `${host}/${repository}: the state of ${part.name}`;
    const found = answer.safeParse(parseJson(bytes, where)).data;
    if (found) return found;
    throw new DualRegistryError("CONTENT_INVALID", `${where} says neither writeEnabled nor deleteEnabled`);
  };
  const read = (repository: string, part: Part) => againIfHurt(() => readOnce(repository, part), "CONTENT_INVALID");
  const state = async (repository: string, parts: LockedParts): Promise<LockState> => {
    const changeable: string[] = [];
    for (const part of partsOf(repository, parts)) {
      const { writeEnabled, deleteEnabled } = await read(repository, part);
      if (writeEnabled || deleteEnabled) changeable.push(part.name);
    }
    return { locked: changeable.length === 0, changeable };
  };
  const set = async (repository: string, parts: LockedParts, enabled: boolean) => {
    const ordered = partsOf(repository, parts);
    for (const part of enabled ? ordered.reverse() : ordered) {
      const body = { writeEnabled: enabled, deleteEnabled: enabled };
      await call("PATCH", part.path, { repository, actions: ["metadata_write"], body });
    }
    return state(repository, parts);
  };
  return {
    native: true,
    lock: (repository, parts) => set(repository, parts, false),
    unlock: (repository, parts) => set(repository, parts, true),
    state,
  };
}
