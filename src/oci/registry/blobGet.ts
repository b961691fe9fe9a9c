import { pipeline, Readable } from "node:stream";
import { DigestCheck } from "../../base/digest";
import { DualRegistryError, type ErrorCode } from "../../base/errors";
import type { Descriptor } from "../manifest";
import { corruptedContent, expiredToken, type RetryContext, TransientError, withRetries } from "../transport/retry";
import { discard, type HttpResponse } from "../transport/transport";
import { type RegistryResponse, isTokenExpired } from "./client";
import { apiPath, type RepositoryContext } from "./repositoryContext";

/** For messages. */
export const blobName = ({ name }: RepositoryContext, { digest }: Pick<Descriptor, "digest">): string =>
  `Blob ${name}@${digest}`;

/** Whether a blob is there. @throws DualRegistryError DIGEST_MISMATCH where it has another size */
export async function blobHead(
  repo: RepositoryContext,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<boolean> {
  const url = apiPath(repo, `blobs/${descriptor.digest}`);
  const check = ({ status, header }: RegistryResponse) =>
    status === 200 && refuseOtherSize(header("content-length"), descriptor, repo);
  const request = { method: "HEAD" as const, url, scopes: repo.pull, validate: check, signal };
  try {
    return (await repo.client.request(request, [200, 404])).status === 200;
  } catch (error) {
    if (!(error instanceof DualRegistryError) || !HEAD_REFUSED.includes(error.code)) throw error;
    return blobProbe(repo, descriptor, error, signal);
  }
}

const HEAD_REFUSED: readonly ErrorCode[] = ["REGISTRY_AUTH", "REGISTRY_REFUSED"];

/**
 * Whether a blob is there, by its first byte: what only a GET may do. Storage takes no HEAD for an address that was signed
 * for a GET, as GHCR's (containerd/stargz-snapshotter#167), and ECR Public refuses every HEAD of a blob.
 *
 * @param refusal of the HEAD, thrown where a GET is refused as well
 */
async function blobProbe(
  repo: RepositoryContext,
  descriptor: Descriptor,
  refusal: DualRegistryError,
  signal?: AbortSignal,
): Promise<boolean> {
  const url = apiPath(repo, `blobs/${descriptor.digest}`);
  const headers = { range: "bytes=0-0" };
  const { retryContext } = repo.client;
  const context = { ...retryContext, signal: signal ?? retryContext.signal };
  return withRetries(
    blobName(repo, descriptor),
    async () => {
      const request = { method: "GET" as const, url, scopes: repo.pull, headers, signal };
      const response = await repo.client.send(request);
      if (response.status === 404) return discarded(response, false);
      if (response.status === 206) {
        const [, whole] = /\/(\d+)$/.exec(response.header("content-range") ?? "") ?? [];
        discard(response);
        refuseOtherSize(whole, descriptor, repo);
        return true;
      }
      if (response.status === 200) {
        discard(response);
        refuseOtherSize(response.header("content-length"), descriptor, repo);
        return true;
      }
      const failure = await repo.client.errorFor(response, request);
      throw failure instanceof DualRegistryError ? refusal : failure;
    },
    context,
  );
}

const discarded = <T>(response: HttpResponse, result: T): T => {
  discard(response);
  return result;
};

/** A blob's bytes, checked as they flow. @throws DualRegistryError */
export async function blobGet(
  repo: RepositoryContext,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<Readable> {
  const source = await blobGetFrom(repo, descriptor, 0, signal);
  const check = new DigestCheck(descriptor, blobName(repo, descriptor));
  pipeline(source, check, () => undefined);
  return check;
}

/** A blob's bytes from an offset on, unchecked: whoever puts them together has to check the whole. */
export async function blobGetFrom(
  repo: RepositoryContext,
  descriptor: Descriptor,
  offset: number,
  signal?: AbortSignal,
): Promise<Readable> {
  if (offset >= descriptor.size && descriptor.size > 0) return Readable.from([]);
  const stream = new BlobStream(blobName(repo, descriptor), descriptor.size, offset, (from, attempt, stop) =>
    openAt(repo, descriptor, { from, attempt }, stop),
  );
  await stream.start({ ...repo.client.retryContext, signal: signal ?? repo.client.retryContext.signal });
  return stream;
}

async function openAt(
  repo: RepositoryContext,
  descriptor: Descriptor,
  { from: offset, attempt }: { from: number; attempt: number },
  signal: AbortSignal,
): Promise<OpenedBody> {
  const request = {
    method: "GET" as const,
    url: apiPath(repo, `blobs/${descriptor.digest}`),
    scopes: repo.pull,
    signal,
    ...(offset > 0 ? { headers: { range: `bytes=${offset}-` } } : {}),
  };
  const response = await repo.client.send(request);
  if (response.status === 200) {
    discardInvalid(response, attempt, () => refuseOtherSize(response.header("content-length"), descriptor, repo));
    return { response, skip: offset };
  }
  if (response.status === 206 && offset > 0) {
    discardInvalid(response, attempt, () => refuseOtherRange(response, descriptor, offset, repo));
    return { response, skip: 0 };
  }
  const error = await repo.client.errorFor(response, request);
  throw isTokenExpired(response) ? expiredToken(error, attempt) : error;
}

function discardInvalid(response: HttpResponse, attempt: number, check: () => void): void {
  try {
    check();
  } catch (error) {
    discard(response);
    throw corruptedContent(error, attempt);
  }
}

function refuseOtherSize(length: string | undefined, descriptor: Descriptor, repo: RepositoryContext): void {
  if (length === undefined || Number(length) === descriptor.size) return;
  throw new DualRegistryError(
    "DIGEST_MISMATCH",
    `${blobName(repo, descriptor)}: the registry holds ${Number(length)} bytes; expected: ${descriptor.size}`,
  );
}

function refuseOtherRange(
  response: HttpResponse,
  descriptor: Descriptor,
  offset: number,
  repo: RepositoryContext,
): void {
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.header("content-range") ?? "");
  if (range && Number(range[1]) === offset && (range[3] === "*" || Number(range[3]) === descriptor.size)) return;
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${blobName(repo, descriptor)}: requested the bytes from ${offset} on, received another range`,
  );
}

/** A body from some offset on. */
interface OpenedBody {
  response: HttpResponse;
  /** Bytes at the body's beginning that are there already: the server did not begin where it was asked to. */
  skip: number;
}

/**
 * Bytes that go on where they were when a connection breaks. It pushes what the network brings as it is, and lets the
 * network wait while nobody reads.
 */
class BlobStream extends Readable {
  private readonly stop = new AbortController();
  private source: HttpResponse["body"] | undefined;
  private offset: number;

  /**
   * @param from first byte wanted
   * @param open asks for the bytes from an offset on, by the number of the try
   */
  constructor(
    private readonly what: string,
    private readonly size: number,
    from: number,
    private readonly open: (offset: number, attempt: number, signal: AbortSignal) => Promise<OpenedBody>,
  ) {
    super({ highWaterMark: 1024 * 1024 });
    this.offset = from;
    // Until somebody reads nobody listens, and a signal that ends the stream then must not end the process: the promise
    // of its beginning tells, and whoever reads later is told as well.
    this.on("error", () => undefined);
  }

  /**
   * Begins. @returns when the first bytes are on their way
   *
   * @throws DualRegistryError what asking for them throws
   */
  async start(retrying: RetryContext): Promise<void> {
    const { signal } = retrying;
    signal?.throwIfAborted();
    const abort = (): void => void this.destroy(signal?.reason instanceof Error ? signal.reason : new Error("Aborted"));
    signal?.addEventListener("abort", abort, { once: true });
    this.once("close", () => signal?.removeEventListener("abort", abort));
    return new Promise((started, failed) => {
      const step = async (attempt: number): Promise<void> => {
        const opened = await this.open(this.offset, attempt, this.stop.signal);
        started();
        await this.pump(opened);
      };
      withRetries(this.what, step, { ...retrying, signal: this.stop.signal, progress: () => this.offset }).then(
        () => this.push(null),
        (error: unknown) => {
          failed(error instanceof Error ? error : new Error(String(error)));
          // Before the beginning nobody listens to the stream: the promise alone tells.
          this.destroy(this.source && error instanceof Error ? error : undefined);
        },
      );
    });
  }

  override _read(): void {
    this.source?.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.stop.abort(error ?? new Error("The reader has gone"));
    this.source?.on("error", () => undefined).destroy();
    done(error);
  }

  private pump({ response, skip }: OpenedBody): Promise<void> {
    let rest = skip;
    const { body } = response;
    this.source = body;
    return new Promise((resolve, reject) => {
      body.on("data", (chunk: Buffer) => {
        const fresh = rest === 0 ? chunk : chunk.subarray(Math.min(rest, chunk.length));
        rest -= chunk.length - fresh.length;
        if (fresh.length === 0) return;
        this.offset += fresh.length;
        if (!this.push(fresh)) body.pause();
      });
      body.on("end", () => {
        if (this.offset >= this.size) resolve();
        else reject(new TransientError(`the response ended after ${this.offset} of ${this.size} bytes`));
      });
      body.on("error", reject);
      body.on("close", () =>
        reject(new TransientError(`the connection broke after ${this.offset} of ${this.size} bytes`)),
      );
    });
  }
}
