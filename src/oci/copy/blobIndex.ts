import type { Digest } from "../digest";

/**
 * Where in one registry each blob is, as far as this process knows: a base layer that a hundred images share is sent to
 * the first repository and mounted from there into the others.
 */
export class BlobIndex {
  private readonly homes = new Map<Digest, Promise<string>>();

  /**
   * Puts a blob into a repository. While another repository is getting the same one, waits, since it can then be
   * mounted from there.
   *
   * @param put does it, given the path to mount from
   */
  async place<T>(digest: Digest, repository: string, put: (mountFrom: readonly string[]) => Promise<T>): Promise<T> {
    for (let home = this.homes.get(digest); home !== undefined; home = this.homes.get(digest)) {
      const path = await home.catch(() => undefined);
      if (path !== undefined) return put(path === repository ? [] : [path]);
      // Whoever was to bring it failed: the next in line brings it.
      if (this.homes.get(digest) === home) this.homes.delete(digest);
    }
    const put1 = put([]);
    this.homes.set(
      digest,
      put1.then(() => repository),
    );
    this.homes.get(digest)?.catch(() => undefined);
    return put1;
  }
}
