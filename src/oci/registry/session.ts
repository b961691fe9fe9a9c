import type { Readable } from "node:stream";
import { type Digest, isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { KeyedLock, limiter } from "../../base/limit";
import { isRepository } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { RegistryKind } from "../../domain/image/registryKind";
import type { CredentialSource } from "../auth/credential";
import type { BlobOutcome, ImageTarget, Resolved } from "../imageStore";
import type { Descriptor, Manifest } from "../manifest";
import { type BackoffPolicy, RETRIES, TIMEOUTS, type Timeouts, Transport } from "../transport/transport";
import { hasBlob, readBlob, readBlobFrom } from "./blobRead";
import { type Traffic, writeBlob, type WriteOptions } from "./blobWrite";
import { type Call, Caller, type Reply } from "./caller";
import { checkReference, putManifest, readManifestOf, resolveManifest } from "./manifests";
import { delist, enlist, isListed, listReferrers, type ReferrersApi } from "./referrers";
import { at, makeRoom, type Room } from "./repositoryContext";
import { listTags } from "./tags";

/** How a registry is spoken to. */
export interface SessionOptions {
  credentials: CredentialSource;
  timeouts?: Partial<Timeouts>;
  retry?: Partial<BackoffPolicy>;
  /** Blobs sent at once. @default 6 */
  concurrency?: number;
  /** Gets a line for each repetition. @default nobody */
  onRetry?: (line: string) => void;
  /** Ends everything that runs. */
  signal?: AbortSignal;
  /** @default whatever speaks the distribution specification */
  kind?: RegistryKind;
}

/** A registry and what is shared while it is spoken to: connections, tokens, what it is known to be able to. */
export interface RegistrySession {
  readonly host: string;
  readonly kind: RegistryKind;
  /** @throws DualRegistryError USAGE for what is no path of a repository */
  repository: (path: string) => RegistryRepository;
  /** Sees whether a registry is there that takes the credential. @throws DualRegistryError */
  ping: (signal?: AbortSignal) => Promise<void>;
  /**
   * Asks for something that is not the distribution specification's, such as ACR's `/acr/v1`.
   *
   * @param path of the host, with its query
   * @throws DualRegistryError for every status that is not `expected`
   */
  call: (method: Call["method"], path: string, options?: CallOptions) => Promise<Reply>;
  /** Ends every connection. */
  close: () => Promise<void>;
}

/** What goes along with {@link RegistrySession.call}. */
interface CallOptions {
  /** Such as `repository:orders/api:metadata_read,metadata_write`. */
  scope?: string | readonly string[];
  body?: Buffer;
  headers?: Readonly<Record<string, string>>;
  /** @default [200, 201, 202, 204] */
  expected?: readonly number[];
  /** Bytes of the answer. @default 4 MiB */
  limit?: number;
  signal?: AbortSignal;
}

const FINE = [200, 201, 202, 204];
const LARGEST = 4 * 1024 * 1024;

/**
 * Prepares to speak to a registry; nothing is sent yet. Without TLS only on this machine's loopback.
 *
 * @param host with its port, as in an image's reference
 * @throws DualRegistryError USAGE for what is no host
 */
export function openRegistry(host: string, options: SessionOptions): RegistrySession {
  if (!URL.canParse(`https://${host}/`) || new URL(`https://${host}/`).host.replace(/:443$/, "") !== plain(host)) {
    throw new DualRegistryError("USAGE", `Registry ${quoted(host)}: no host; allowed: host or host:port`);
  }
  const { credentials, onRetry = () => undefined, signal, concurrency = 6, kind = "distribution" } = options;
  const transport = new Transport({ ...TIMEOUTS, ...options.timeouts });
  const retrying = { policy: { ...RETRIES, ...options.retry }, onRetry, signal };
  const caller = new Caller(host, transport, retrying, credentials);
  const shared = makeTraffic(new KeyedLock(), limiter(concurrency));
  return {
    host,
    kind,
    repository: (path) => {
      if (isRepository(path)) return new RegistryRepository(makeRoom(caller, path), shared);
      throw new DualRegistryError("USAGE", `Registry ${host}: ${quoted(path)} is no path of a repository`);
    },
    ping: async (pingSignal) => {
      await caller.ask({ method: "GET", to: "/v2/", signal: pingSignal }, [200]);
    },
    call: async (method, path, { scope = [], expected = FINE, limit = LARGEST, ...rest } = {}) => {
      if (!/^\/(?!\/)/.test(path)) throw new DualRegistryError("USAGE", `Registry ${host}: ${quoted(path)} is no path`);
      const scopes = typeof scope === "string" ? [scope] : scope;
      return caller.ask({ method, to: path, scopes, ...rest }, expected, limit);
    },
    close: () => transport.close(),
  };
}

const plain = (host: string): string => host.toLowerCase().replace(/:443$/, "");

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
const makeTraffic = (writing: KeyedLock, places: Traffic["places"]): Shared => ({
  writing,
  places,
  homes: new Map(),
  mounts: true,
  referrers: { there: undefined, lock: new KeyedLock() },
});
