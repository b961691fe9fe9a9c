import { z } from "zod";
import { decode } from "../base/decode/decode";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { parseJson } from "../base/json";
import { retryCorrupted } from "../base/retry";

/** What of an image is held fast: its tags and its manifests, which registries lock apart. */
export interface LockedParts {
  tags: readonly string[];
  /** The image's manifest and, for an index, those it names. */
  digests: readonly Digest[];
}

/** How an image stands. `changeable` names each part that could still be written or deleted. */
interface LockState {
  locked: boolean;
  changeable: readonly string[];
}

/** The locks of one repository's registry. */
export interface ImageLocks {
  /** False where the registry has none, and reading back is all that can be done. */
  readonly native: boolean;
  /** True where the registry has them, and somebody else sets them afterwards. */
  readonly later?: true;
  /** Locks tags and manifests, and reads back that they are. Locked already is no error. */
  lock: (repository: string, parts: LockedParts) => Promise<LockState>;
  unlock: (repository: string, parts: LockedParts) => Promise<LockState>;
  state: (repository: string, parts: LockedParts) => Promise<LockState>;
}

const partNames = ({ tags, digests }: LockedParts): readonly string[] => [
  ...tags.map((tag) => `tag ${tag}`),
  ...digests,
];

/** A registry without locks. */
export const NO_LOCKS: ImageLocks = {
  native: false,
  lock: (_, parts) => Promise.resolve({ locked: false, changeable: partNames(parts) }),
  unlock: (_, parts) => Promise.resolve({ locked: false, changeable: partNames(parts) }),
  state: (_, parts) => Promise.resolve({ locked: false, changeable: partNames(parts) }),
};

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
    const found = decode(answer, parseJson(bytes, where)).data;
    if (found) return found;
    throw new DualRegistryError("CONTENT_INVALID", `${where} says neither writeEnabled nor deleteEnabled`);
  };
  const read = (repository: string, part: Part) => retryCorrupted(() => readOnce(repository, part), "CONTENT_INVALID");
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
