import type { Readable } from "node:stream";
import { type Digest, isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { KeyedLock, limiter } from "../../base/limit";
import { isRepository } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { CredentialSource } from "../auth/credential";
import type { BlobOutcome, ImageTarget, Resolved } from "../imageStore";
import type { Descriptor, Manifest } from "../manifest";
import { type BackoffPolicy, RETRIES, TIMEOUTS, type Timeouts, Transport } from "../transport/transport";
import { isDockerHub } from "../../base/registryHost";
import { blobHead, blobGet, blobGetFrom } from "./blobGet";
import { type BlobPutState, blobPut, type BlobPutOptions } from "./blobPut";
import { type RegistryRequest, RegistryClient, type RegistryResponse } from "./client";
import { checkReference, manifestPut, manifestSend, manifestGet, manifestHead } from "./manifests";
import { referrerDelete, referrerPut, isReferrerListed, referrerList, type ReferrersApi } from "./referrers";
import { apiPath, repositoryContext, type RepositoryContext } from "./repositoryContext";
import { tagList } from "./tags";

/** How a registry is spoken to. */
export interface SessionOptions {
  credentials: CredentialSource;
  timeouts?: Partial<Timeouts>;
  retry?: Partial<BackoffPolicy>;
  /** Blobs sent at once. @default 6 */
  concurrency?: number;
  /** Milliseconds after which a credential that was refused is looked up anew. @default 60,000 */
  credentialStaleAfter?: number;
  /** Gets a line for each repetition, and for each thing that the registry warns of. @default nobody */
  onRetry?: (line: string) => void;
  /** Ends everything that runs. */
  signal?: AbortSignal;
}

/** A registry and what is shared while it is spoken to: connections, tokens, what it is known to be able to. */
export interface RegistrySession {
  readonly host: string;
  /** @throws DualRegistryError USAGE for what is not the path of a repository */
  repository: (path: string) => RegistryRepository;
  /**
   * Sees whether a registry is there that takes the credential.
   *
   * @param path of a repository, whose own login is then used where it has one
   * @throws DualRegistryError
   */
  ping: (path?: string, signal?: AbortSignal) => Promise<void>;
  /**
   * Asks for something that is not the distribution specification's, such as ACR's `/acr/v1`.
   *
   * @param path of the host, with its query
   * @throws DualRegistryError for every status that is not `expected`
   */
  call: (method: RegistryRequest["method"], path: string, options?: CallOptions) => Promise<RegistryResponse>;
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

const SUCCESS_STATUSES = [200, 201, 202, 204];
const MAX_RESPONSE = 4 * 1024 * 1024;

/**
 * Prepares to speak to a registry; nothing is sent yet. Without TLS only on this machine's loopback. The names that
 * images of Docker Hub have are not where its registry is: `docker.io/alpine` is asked for at `registry-1.docker.io`, as
 * `library/alpine`.
 *
 * @param host with its port, as in an image's reference
 * @throws DualRegistryError USAGE for what is no host
 */
export function openRegistry(host: string, options: SessionOptions): RegistrySession {
  if (
    !URL.canParse(`https://${host}/`) ||
    new URL(`https://${host}/`).host.replace(/:443$/, "") !== normalizedHost(host)
  ) {
    throw new DualRegistryError("USAGE", `Registry ${quoted(host)}: not a host; allowed: host or host:port`);
  }
  const { credentials, onRetry = () => undefined, signal, concurrency = 6 } = options;
  const transport = new Transport({ ...TIMEOUTS, ...options.timeouts });
  const retryContext = { policy: { ...RETRIES, ...options.retry }, onRetry, signal };
  const client = new RegistryClient(host, transport, retryContext, credentials, options.credentialStaleAfter);
  const state = newSessionState(new KeyedLock(), limiter(concurrency));
  return {
    host,
    repository: (path) => {
      const full = isDockerHub(host) && !path.includes("/") ? `library/${path}` : path;
      if (isRepository(full)) return new RegistryRepository(repositoryContext(client, full), state);
      throw new DualRegistryError("USAGE", `Registry ${host}: ${quoted(path)} is not the path of a repository`);
    },
    ping: async (path, pingSignal) => {
      const scopes = path === undefined ? [] : repositoryContext(client, path).pull;
      await client.request({ method: "GET", url: "/v2/", scopes, signal: pingSignal }, [200]);
    },
    call: async (method, path, { scope = [], expected = SUCCESS_STATUSES, limit = MAX_RESPONSE, ...rest } = {}) => {
      if (!/^\/(?!\/)/.test(path))
        throw new DualRegistryError("USAGE", `Registry ${host}: ${quoted(path)} is not a path`);
      const scopes = typeof scope === "string" ? [scope] : scope;
      return client.request({ method, url: path, scopes, ...rest }, expected, limit);
    },
    close: () => transport.close(),
  };
}

const normalizedHost = (host: string): string => host.toLowerCase().replace(/:443$/, "");

/** What the repositories of one session share. */
export interface SessionState extends BlobPutState {
  referrers: ReferrersApi;
}

/** One repository in a registry. Made by a session. */
export class RegistryRepository implements ImageTarget {
  readonly name: string;

  constructor(
    private readonly repo: RepositoryContext,
    private readonly state: SessionState,
  ) {
    this.name = repo.name;
  }

  /** The path without the host. */
  get path(): string {
    return this.repo.path;
  }

  /** The registry's host, with its port. */
  get host(): string {
    return this.repo.client.host;
  }

  resolve(reference: string, signal?: AbortSignal): Promise<Resolved | undefined> {
    return manifestHead(this.repo, reference, signal);
  }

  manifest(reference: string, signal?: AbortSignal): Promise<Manifest> {
    return manifestGet(this.repo, reference, signal);
  }

  blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Readable> {
    return blobGet(this.repo, descriptor, signal);
  }

  /** A blob's bytes from an offset on. They are not checked: a part has no digest. */
  blobFrom(descriptor: Descriptor, offset: number, signal?: AbortSignal): Promise<Readable> {
    return offset === 0 ? this.blob(descriptor, signal) : blobGetFrom(this.repo, descriptor, offset, signal);
  }

  referrers(digest: Digest, signal?: AbortSignal, tags?: ReadonlySet<string>): Promise<readonly Descriptor[]> {
    return referrerList(this.repo, this.state.referrers, digest, { signal, tags });
  }

  tags(signal?: AbortSignal): AsyncIterable<string> {
    return tagList(this.repo, signal);
  }

  hasBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
    return blobHead(this.repo, descriptor, signal);
  }

  writeBlob(
    descriptor: Descriptor,
    open: (offset: number, signal?: AbortSignal) => Promise<Readable>,
    options?: BlobPutOptions,
  ): Promise<BlobOutcome> {
    return blobPut(this.repo, this.state, descriptor, open, options);
  }

  /**
   * @throws DualRegistryError TAG_TAKEN where the registry keeps the tag for another manifest, or somebody else wrote it
   * at the same moment
   */
  async writeManifest(
    manifest: Manifest,
    options: { tag?: string; readBack?: boolean; signal?: AbortSignal } = {},
  ): Promise<void> {
    const { tag, readBack = true, signal } = options;
    if (tag !== undefined) checkReference(tag, this.repo);
    const response = readBack
      ? await manifestPut(this.repo, manifest, tag, signal)
      : await manifestSend(this.repo, manifest, tag, signal);
    if (isReferrerListed(this.repo, this.state.referrers, manifest, response)) return;
    await referrerPut(this.repo, this.state.referrers, [manifest], signal);
  }

  async writeUnlisted(manifest: Manifest, signal?: AbortSignal): Promise<"listed" | "unlisted"> {
    const response = await manifestPut(this.repo, manifest, undefined, signal);
    return isReferrerListed(this.repo, this.state.referrers, manifest, response) ? "listed" : "unlisted";
  }

  list(manifests: readonly Manifest[], signal?: AbortSignal): Promise<void> {
    return referrerPut(this.repo, this.state.referrers, manifests, signal);
  }

  /** @throws DualRegistryError REGISTRY_REFUSED where the registry deletes nothing, or no tag alone */
  async delete(reference: string, signal?: AbortSignal): Promise<void> {
    checkReference(reference, this.repo);
    if (isDigest(reference)) await referrerDelete(this.repo, this.state.referrers, reference, signal);
    const request = {
      method: "DELETE" as const,
      url: apiPath(this.repo, `manifests/${reference}`),
      scopes: this.repo.remove,
    };
    await this.repo.client.request({ ...request, signal }, [200, 202, 204, 404]);
  }
}

/** What a session begins with. @param uploads how many blobs are sent at once */
const newSessionState = (digestLock: KeyedLock, uploads: BlobPutState["uploads"]): SessionState => ({
  digestLock,
  uploads,
  holders: new Map(),
  mountsBlobs: true,
  referrers: { supported: undefined, tagLock: new KeyedLock(), present: new Set() },
});
