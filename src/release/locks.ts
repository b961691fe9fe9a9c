import type { Digest } from "../oci/digest";

/** What of an image is held fast: its tags and its manifests, which registries lock apart. */
export interface LockedParts {
  tags: readonly string[];
  /** The image's manifest and, for an index, those it names. */
  digests: readonly Digest[];
}

/** How an image stands. `changeable` names each part that could still be written or deleted. */
export interface LockState {
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
