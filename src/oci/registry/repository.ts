import type { Readable } from "node:stream";
import { isDigest, type Digest } from "../digest";
import { KeyedLock } from "../http/keyedLock";
import type { BlobOutcome, ImageTarget, Resolved } from "../imageStore";
import type { Descriptor, Manifest } from "../manifest";
import { hasBlob, readBlob, readBlobFrom } from "./blobRead";
import { writeBlob, type Traffic, type WriteOptions } from "./blobWrite";
import { checkReference, readManifestOf, resolveManifest } from "./manifests";
import { putManifest } from "./manifestPut";
import { delist, enlist, isListed, listReferrers, type ReferrersApi } from "./referrers";
import { at, type Room } from "./room";
import { listTags } from "./tags";

/** What the repositories of one session share. */
export interface Shared extends Traffic {
  referrers: ReferrersApi;
}

/** One repository in a registry. Made by a session. */
export class RegistryRepository implements ImageTarget {
  readonly name: string;

  constructor(
    private readonly room: Room,
    private readonly shared: Shared,
  ) {
    this.name = room.name;
  }

  /** The path without the host. */
  get path(): string {
    return this.room.path;
  }

  /** The registry's host, with its port. */
  get host(): string {
    return this.room.caller.host;
  }

  resolve(reference: string, signal?: AbortSignal): Promise<Resolved | undefined> {
    return resolveManifest(this.room, reference, signal);
  }

  manifest(reference: string, signal?: AbortSignal): Promise<Manifest> {
    return readManifestOf(this.room, reference, signal);
  }

  blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Readable> {
    return readBlob(this.room, descriptor, signal);
  }

  /** A blob's bytes from an offset on. They are not checked: a part has no digest. */
  blobFrom(descriptor: Descriptor, offset: number, signal?: AbortSignal): Promise<Readable> {
    return offset === 0 ? this.blob(descriptor, signal) : readBlobFrom(this.room, descriptor, offset, signal);
  }

  referrers(digest: Digest, signal?: AbortSignal, tags?: ReadonlySet<string>): Promise<readonly Descriptor[]> {
    return listReferrers(this.room, this.shared.referrers, digest, { signal, tags });
  }

  tags(signal?: AbortSignal): AsyncIterable<string> {
    return listTags(this.room, signal);
  }

  hasBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
    return hasBlob(this.room, descriptor, signal);
  }

  writeBlob(
    descriptor: Descriptor,
    open: (offset: number, signal?: AbortSignal) => Promise<Readable>,
    options?: WriteOptions,
  ): Promise<BlobOutcome> {
    return writeBlob(this.room, this.shared, descriptor, open, options);
  }

  /**
   * @throws DualRegistryError TAG_TAKEN where the registry keeps the tag for another manifest, or somebody else wrote it
   * at the same moment
   */
  async writeManifest(manifest: Manifest, options: { tag?: string; signal?: AbortSignal } = {}): Promise<void> {
    if (options.tag !== undefined) checkReference(options.tag, this.room);
    const reply = await putManifest(this.room, manifest, options.tag, options.signal);
    if (isListed(this.room, this.shared.referrers, manifest, reply)) return;
    await enlist(this.room, this.shared.referrers, [manifest], options.signal);
  }

  async writeUnlisted(manifest: Manifest, signal?: AbortSignal): Promise<"listed" | "unlisted"> {
    const reply = await putManifest(this.room, manifest, undefined, signal);
    return isListed(this.room, this.shared.referrers, manifest, reply) ? "listed" : "unlisted";
  }

  list(manifests: readonly Manifest[], signal?: AbortSignal): Promise<void> {
    return enlist(this.room, this.shared.referrers, manifests, signal);
  }

  /** @throws DualRegistryError REGISTRY_REFUSED where the registry deletes nothing, or no tag alone */
  async delete(reference: string, signal?: AbortSignal): Promise<void> {
    checkReference(reference, this.room);
    if (isDigest(reference)) await delist(this.room, this.shared.referrers, reference, signal);
    const call = { method: "DELETE" as const, to: at(this.room, `manifests/${reference}`), scopes: this.room.remove };
    await this.room.caller.ask({ ...call, signal }, [200, 202, 204, 404]);
  }
}

/** What a session begins with. @param places how many blobs are sent at once */
export const makeTraffic = (writing: KeyedLock, places: Traffic["places"]): Shared => ({
  writing,
  places,
  homes: new Map(),
  mounts: true,
  referrers: { there: undefined, lock: new KeyedLock() },
});
