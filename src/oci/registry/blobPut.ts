import type { Readable } from "node:stream";
import { DualRegistryError } from "../../base/errors";
import type { KeyedLock, Limit } from "../../base/limit";
import { isRepository } from "../../base/reference";
import { mergeScopes, repositoryScope } from "../auth/token";
import type { BlobOutcome } from "../imageStore";
import type { Descriptor } from "../manifest";
import { withRetries } from "../transport/retry";
import { discard, type HttpResponse } from "../transport/transport";
import { blobHead, blobName } from "./blobGet";
import { parseLocation } from "./links";
import { apiPath, type RepositoryContext } from "./repositoryContext";
import { MONOLITHIC_MAX, blobUpload } from "./blobUpload";

/** How a blob is sent. */
export interface BlobPutOptions {
  mountFrom?: readonly string[];
  /** False where it is known not to be there. @default true */
  look?: boolean;
  onBytes?: (count: number) => void;
  signal?: AbortSignal;
}

/** What all repositories of a session share for writing blobs. */
export interface BlobPutState {
  /** One writer of a digest at a time: the next one finds it there, or mounts it. */
  digestLock: KeyedLock;
  /** How many are sent at once. */
  uploads: Limit;
  /** Where blobs are known to be, by digest: paths that were written in this session. */
  holders: Map<string, Set<string>>;
  /** False once the registry did not mount what it certainly had. */
  mountsBlobs: boolean;
}

const MAX_HOLDERS = 3;

/** Sees to it that a blob is there. @throws DualRegistryError */
export async function blobPut(
  repo: RepositoryContext,
  state: BlobPutState,
  descriptor: Descriptor,
  open: (offset: number, signal?: AbortSignal) => Promise<Readable>,
  options: BlobPutOptions = {},
): Promise<BlobOutcome> {
  options.signal?.throwIfAborted();
  if (await mountFromHolder(repo, state, descriptor, options.signal)) return "mounted";
  return state.digestLock.run(descriptor.digest, async () => {
    options.signal?.throwIfAborted();
    if (await mountFromHolder(repo, state, descriptor, options.signal)) return "mounted";
    // Whoever asks for no look is content with what this session has put there.
    if (options.look === false && state.holders.get(descriptor.digest)?.has(repo.path)) return "present";
    const outcome = await putBlob(repo, descriptor, state, open, options);
    keepHolder(repo, state, descriptor);
    return outcome;
  });
}

function keepHolder(repo: RepositoryContext, { holders }: BlobPutState, { digest }: Descriptor): void {
  const known = holders.get(digest) ?? new Set();
  if (known.size < MAX_HOLDERS) holders.set(digest, known.add(repo.path));
}

/** Mounts what this session has put elsewhere: that needs no look before, and no turn. */
async function mountFromHolder(
  repo: RepositoryContext,
  state: BlobPutState,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const holders = state.holders.get(descriptor.digest);
  const [holder] = holders ?? [];
  if (holder === undefined || holders?.has(repo.path) || !state.mountsBlobs) return false;
  const mounted = await blobMount(repo, descriptor, holder, signal);
  if (mounted === "mounted") {
    keepHolder(repo, state, descriptor);
    return true;
  }
  state.mountsBlobs = false;
  if (mounted) await cancelUpload(repo, mounted);
  return false;
}

async function putBlob(
  repo: RepositoryContext,
  descriptor: Descriptor,
  state: BlobPutState,
  open: (offset: number, signal?: AbortSignal) => Promise<Readable>,
  options: BlobPutOptions,
): Promise<BlobOutcome> {
  const { signal, onBytes } = options;
  // A small one costs hardly more to send than to ask for; what is sent twice is there once.
  const checkFirst = options.look !== false || descriptor.size > MONOLITHIC_MAX;
  if (checkFirst && (await blobHead(repo, descriptor, signal))) return "present";
  const candidates = new Set(options.mountFrom ?? []);
  candidates.delete(repo.path);
  let session: URL | undefined;
  for (const from of [...candidates].filter(isRepository)) {
    if (session) await cancelUpload(repo, session);
    const mounted = await blobMount(repo, descriptor, from, signal);
    if (mounted === "mounted") return "mounted";
    session = mounted;
  }
  await state.uploads(() => blobUpload(repo, descriptor, open, { session, onBytes, signal }));
  return "sent";
}

/** Tries to take the blob over from another repository. @returns the upload that was begun instead, where one was */
async function blobMount(
  repo: RepositoryContext,
  descriptor: Descriptor,
  from: string,
  signal: AbortSignal | undefined,
): Promise<"mounted" | URL | undefined> {
  const request = {
    method: "POST" as const,
    url: apiPath(
      repo,
      `blobs/uploads/?mount=${encodeURIComponent(descriptor.digest)}&from=${encodeURIComponent(from)}`,
    ),
    scopes: mergeScopes(repo.push, [repositoryScope(from, "pull")]),
    body: Buffer.alloc(0),
    signal,
  };
  const retrying = { ...repo.client.retryContext, signal: signal ?? repo.client.retryContext.signal };
  try {
    return await withRetries(
      `${blobName(repo, descriptor)}, from ${from}`,
      async () => {
        const response = await repo.client.send(request);
        if (response.status !== 201 && response.status !== 202) throw await repo.client.errorFor(response, request);
        discard(response);
        if (response.status === 202) return uploadUrl(repo, response);
        if (namesBlob(response, descriptor) || (await blobHead(repo, descriptor, signal))) return "mounted" as const;
        return undefined;
      },
      retrying,
    );
  } catch (error) {
    // Whatever stands in the way of the short cut, the long way may be open.
    if (!(error instanceof DualRegistryError) || error.code === "REGISTRY_UNAVAILABLE") throw error;
    return undefined;
  }
}

const uploadUrl = (repo: RepositoryContext, response: HttpResponse): URL =>
  parseLocation(response.header("location"), response.url, repo.client.base, `Upload to ${repo.name}`);

/** True where the answer names the blob itself rather than saying only that something went well. */
const namesBlob = (response: HttpResponse, { digest }: Descriptor): boolean =>
  response.header("docker-content-digest") === digest || (response.header("location") ?? "").endsWith(digest);

async function cancelUpload(repo: RepositoryContext, session: URL): Promise<void> {
  try {
    discard(await repo.client.send({ method: "DELETE", url: session, scopes: repo.push }));
  } catch {
    // The registry clears forgotten uploads away by itself.
  }
}
