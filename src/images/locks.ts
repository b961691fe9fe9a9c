import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { retryCorrupted } from "../base/retry";
import { type AcrPart, acrPath, readAcrAttributes, type RegistryCall } from "./acr";

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

interface Part {
  name: string;
  at: AcrPart;
}

const partsOf = ({ tags, digests }: LockedParts): Part[] => [
  ...tags.map((tag) => ({ name: `tag ${tag}`, at: { tag } })),
  ...digests.map((digest) => ({ name: digest, at: { digest } })),
];

/**
 * Azure's locks: `writeEnabled` and `deleteEnabled` of a tag and of a manifest are two attributes each, and neither
 * follows from the other. Tags are locked first, since a race is for them; unlocked in the other order.
 * Source: Azure Container Registry, "Lock a container image"; REST interface `/acr/v1`, "Update Tag Attributes" and
 * "Update Manifest Attributes".
 */
export function acrLocks(host: string, call: RegistryCall): ImageLocks {
  const readOnce = async (repository: string, { name, at }: Part) => {
    const where = `${host}/${repository}: the state of ${name}`;
    const { writeEnabled, deleteEnabled } = (await readAcrAttributes(call, repository, at, where))?.changeable ?? {};
    if (writeEnabled !== undefined && deleteEnabled !== undefined) return writeEnabled || deleteEnabled;
    throw new DualRegistryError("CONTENT_INVALID", `${where} says neither writeEnabled nor deleteEnabled`);
  };
  const isChangeable = (repository: string, part: Part) =>
    retryCorrupted(() => readOnce(repository, part), "CONTENT_INVALID");
  const state = async (repository: string, parts: LockedParts): Promise<LockState> => {
    const changeable: string[] = [];
    for (const part of partsOf(parts)) if (await isChangeable(repository, part)) changeable.push(part.name);
    return { locked: changeable.length === 0, changeable };
  };
  const set = async (repository: string, parts: LockedParts, enabled: boolean) => {
    const ordered = partsOf(parts);
    for (const { at } of enabled ? ordered.reverse() : ordered) {
      const body = { writeEnabled: enabled, deleteEnabled: enabled };
      await call("PATCH", acrPath(repository, at), { repository, actions: ["metadata_write"], body });
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
