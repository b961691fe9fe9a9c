/**
 * What can be switched off for a repository, a tag or a manifest, each for itself.
 * Source: Azure Container Registry data-plane API 2021-07-01, "ChangeableAttributes".
 */
export interface ChangeableAttributes {
  deleteEnabled: boolean;
  writeEnabled: boolean;
  readEnabled: boolean;
  listEnabled: boolean;
}

const NAMES = ["deleteEnabled", "writeEnabled", "readEnabled", "listEnabled"] as const;

const UNLOCKED: ChangeableAttributes = {
  deleteEnabled: true,
  writeEnabled: true,
  readEnabled: true,
  listEnabled: true,
};

/** Which attributes something has. Names: `path`, `path:tag`, `path@digest`. */
export class AttributeStore {
  private readonly changed = new Map<string, ChangeableAttributes>();

  of(name: string): ChangeableAttributes {
    return this.changed.get(name) ?? UNLOCKED;
  }

  /** @returns whether the body was one that the API takes: booleans under the names it knows, any of them */
  patch(name: string, body: unknown): boolean {
    if (typeof body !== "object" || body === null || Array.isArray(body)) return false;
    const next = { ...this.of(name) };
    for (const [key, value] of Object.entries(body)) {
      const known = NAMES.find((one) => one === key);
      if (known === undefined) continue;
      if (typeof value !== "boolean") return false;
      next[known] = value;
    }
    this.changed.set(name, next);
    return true;
  }

  forget(name: string): void {
    this.changed.delete(name);
  }

  /** Whether something must stay as it is. A write lock keeps it from being deleted too. */
  canDelete(name: string): boolean {
    const { deleteEnabled, writeEnabled } = this.of(name);
    return deleteEnabled && writeEnabled;
  }

  /** The tags of a repository that must not be deleted. */
  lockedTags(repository: string): string[] {
    return [...this.changed.keys()]
      .filter((name) => name.startsWith(`${repository}:`) && !this.canDelete(name))
      .map((name) => name.slice(repository.length + 1));
  }
}
