import type { Readable } from "node:stream";
import { DualRegistryError } from "../../base/errors";
import type { Descriptor } from "../manifest";
import type { RegistryErrorResponse } from "../transport/responseBody";
import { expiredToken, TransientError, withRetries } from "../transport/retry";
import { discard, type HttpResponse } from "../transport/transport";
import { blobHead, blobName } from "./blobGet";
import { isTokenExpired } from "./client";
import { MeteredBody } from "./meteredBody";
import { parseLocation } from "./links";
import { apiPath, type RepositoryContext } from "./repositoryContext";

/** Up to this size a blob is sent with the request that ends the upload: one round trip less. Bytes. */
export const MONOLITHIC_MAX = 1024 * 1024;

/** The specification's own is the first; some registries answer with the others. */
const ACCEPTED_STATUSES: readonly number[] = [202, 204, 201];
const CREATED_STATUSES: readonly number[] = [201, 204];

type Open = (offset: number, signal?: AbortSignal) => Promise<Readable>;

interface UploadOptions {
  /** An upload that was begun already. */
  session?: URL | undefined;
  onBytes?: ((count: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Sends a blob: all that is left in one piece, which is what every registry takes, whatever its least length of a piece.
 * After a broken connection the registry is asked how far it came. Where it cannot say, the blob is sent anew.
 *
 * @throws DualRegistryError
 */
export async function blobUpload(
  repo: RepositoryContext,
  descriptor: Descriptor,
  open: Open,
  options: UploadOptions,
): Promise<void> {
  await new BlobUpload(repo, descriptor, open, options).run();
}

class BlobUpload {
  private url: URL | undefined;
  /** Bytes the registry is known to hold. */
  private offset = 0;
  private attemptNumber = 0;
  /** Bytes told to `onBytes`: those sent twice count once. */
  private reported = 0;

  constructor(
    private readonly repo: RepositoryContext,
    private readonly descriptor: Descriptor,
    private readonly open: Open,
    private readonly options: UploadOptions,
  ) {
    this.url = options.session;
  }

  async run(): Promise<void> {
    const { retryContext: retrying } = this.repo.client;
    const context = { ...retrying, signal: this.options.signal ?? retrying.signal, progress: () => this.offset };
    await withRetries(`${this.name}, sending`, (attempt) => this.tryOnce(attempt), context);
  }

  private async tryOnce(attempt: number): Promise<void> {
    const { repo, descriptor, options } = this;
    this.attemptNumber = attempt;
    if (attempt > 1) {
      if (await blobHead(repo, descriptor, options.signal)) return;
      await this.resume();
    }
    this.url ??= await this.start();
    if (descriptor.size > MONOLITHIC_MAX && this.offset < descriptor.size) await this.sendRest(this.url);
    const isNamed = await this.commit(this.url);
    if (isNamed || (await blobHead(repo, descriptor, options.signal))) return;
    this.restart();
    throw new TransientError("the registry confirmed the blob but does not have it");
  }

  private get name(): string {
    return blobName(this.repo, this.descriptor);
  }

  private async start(): Promise<URL> {
    const response = await this.send(
      { method: "POST", url: apiPath(this.repo, "blobs/uploads/"), body: Buffer.alloc(0) },
      [202],
    );
    return this.locationOf(response) ?? this.missingLocation();
  }

  /** Where the upload stands now. What the registry no longer knows is begun anew. */
  private async resume(): Promise<void> {
    if (!this.url) return;
    const { repo, descriptor, options } = this;
    const status = await uploadStatus(repo, this.url, options.signal);
    if (!status || status.offset > descriptor.size || descriptor.size <= MONOLITHIC_MAX) this.restart();
    else {
      this.url = status.url;
      this.offset = status.offset;
    }
  }

  private async sendRest(url: URL): Promise<void> {
    const { descriptor, offset } = this;
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": String(descriptor.size - offset),
      // The first piece goes without, as from the Docker engine: not every registry knows the header.
      ...(offset === 0 ? {} : { "content-range": `${offset}-${descriptor.size - 1}` }),
    };
    const response = await this.sendBody({ method: "PATCH", url, headers }, ACCEPTED_STATUSES);
    this.url = this.locationOf(response) ?? url;
    const accepted = acceptedBytes(response) ?? descriptor.size;
    if (accepted === descriptor.size) this.offset = accepted;
    else throw new TransientError(`the registry accepted ${accepted} of ${descriptor.size} bytes`);
  }

  /** @returns whether the registry's answer names the blob: then it has computed the digest itself, and is believed */
  private async commit(url: URL): Promise<boolean> {
    const { descriptor } = this;
    const target = new URL(this.url ?? url);
    target.search += `${target.search === "" ? "?" : "&"}digest=${encodeURIComponent(descriptor.digest)}`;
    const request = { method: "PUT" as const, url: target, headersTimeout: this.repo.client.transport.timeouts.commit };
    const monolithic = descriptor.size <= MONOLITHIC_MAX && descriptor.size > 0;
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": String(monolithic ? descriptor.size : 0),
    };
    const response = monolithic
      ? await this.sendBody({ ...request, headers }, CREATED_STATUSES)
      : await this.send({ ...request, headers, body: Buffer.alloc(0) }, CREATED_STATUSES);
    const responseDigest = response.header("docker-content-digest");
    if (responseDigest === undefined || responseDigest === descriptor.digest) return responseDigest !== undefined;
    throw new DualRegistryError(
      "DIGEST_MISMATCH",
      `${this.name}: the registry reports another digest for what it received`,
    );
  }

  /** Sends the bytes from the offset on, from the beginning of them again where the registry asks who we are. */
  private async sendBody(request: UploadRequest, expected: readonly number[]): Promise<HttpResponse> {
    const { offset, options, descriptor } = this;
    const what = this.name;
    let source: Readable | undefined;
    let metered: MeteredBody | undefined;
    const body = async (): Promise<Readable> => {
      source?.destroy();
      source = await this.open(offset, options.signal);
      metered = new MeteredBody(descriptor.size - offset, what, (count) => this.report(offset + count)).readFrom(
        source,
      );
      return metered;
    };
    try {
      return await this.send({ ...request, body }, expected);
    } catch (error) {
      // What the network says of a body that failed is only an echo of it.
      throw metered?.errored instanceof DualRegistryError ? metered.errored : error;
    } finally {
      metered?.destroy();
      source?.destroy();
    }
  }

  private async send(request: UploadRequest, expected: readonly number[]): Promise<HttpResponse> {
    const { client: caller, push } = this.repo;
    const monolithic = { ...request, scopes: push, signal: this.options.signal };
    const response = await caller.send(monolithic);
    if (expected.includes(response.status)) {
      discard(response);
      return response;
    }
    const error = await caller.readError(response);
    const failure = await caller.errorFor(response, monolithic, error);
    if (isTokenExpired(response)) throw expiredToken(failure, this.attemptNumber);
    if (request.method === "POST" || !(failure instanceof DualRegistryError) || !isUploadLost(error)) throw failure;
    this.restart();
    throw new TransientError(failure.message, undefined, failure);
  }

  private report(reached: number): void {
    if (reached > this.reported) this.options.onBytes?.(reached - this.reported);
    this.reported = Math.max(this.reported, reached);
  }

  private restart(): void {
    this.url = undefined;
    this.offset = 0;
  }

  private locationOf(response: HttpResponse): URL | undefined {
    const location = response.header("location");
    const what = `Upload to ${this.repo.name}`;
    return location === undefined ? undefined : parseLocation(location, response.url, this.repo.client.base, what);
  }

  private missingLocation(): never {
    throw new DualRegistryError("CONTENT_INVALID", `Upload to ${this.repo.name}: the response has no Location header`);
  }
}

type UploadRequest = Parameters<RepositoryContext["client"]["send"]>[0];

/**
 * How far an upload came. Source: distribution specification 1.1, "Resuming an upload".
 *
 * @returns `undefined` where the registry does not know it, or cannot say
 */
async function uploadStatus(
  repo: RepositoryContext,
  url: URL,
  signal: AbortSignal | undefined,
): Promise<{ url: URL; offset: number } | undefined> {
  const request = { method: "GET" as const, url, scopes: repo.push, signal };
  const response = await repo.client.send(request);
  if (response.status !== 204) {
    const failure = await repo.client.errorFor(response, request);
    if (failure instanceof TransientError) throw failure;
    return undefined;
  }
  discard(response);
  const offset = acceptedBytes(response);
  if (offset === undefined) return undefined;
  const location = response.header("location");
  const what = `Upload to ${repo.name}`;
  return {
    offset,
    url: location === undefined ? url : parseLocation(location, response.url, repo.client.base, what),
  };
}

/**
 * Bytes a registry says to hold, by `Range: 0-<last>`. "0-0" is what some say of nothing, and others of one byte: it
 * counts as not said.
 */
function acceptedBytes(response: Pick<HttpResponse, "header">): number | undefined {
  const range = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.header("range")?.trim() ?? "");
  return range && range[1] !== "0" ? Number(range[1]) + 1 : undefined;
}

const LOST_UPLOAD_CODES: readonly string[] = [
  "BLOB_UPLOAD_UNKNOWN",
  "BLOB_UPLOAD_INVALID",
  "DIGEST_INVALID",
  "RANGE_INVALID",
];

/** True where another upload may come through although this one cannot. */
const isUploadLost = ({ status, code }: RegistryErrorResponse): boolean =>
  status === 404 || status === 416 || (status === 400 && LOST_UPLOAD_CODES.includes(code));
