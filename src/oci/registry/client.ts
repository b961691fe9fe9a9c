import type { Readable } from "node:stream";
import { defined } from "../../base/defined";
import { DualRegistryError, type ErrorCode } from "../../base/errors";
import { isLoopback } from "../../base/reference";
import { displayUrl, quoted } from "../../base/text/quote";
import { Authorizer } from "../auth/authorizer";
import { parseChallenges } from "../auth/challenge";
import { DOCKER_HUB, isDockerHub } from "../../base/registryHost";
import type { Scope } from "../auth/token";
import { readBody, readErrorResponse, type RegistryErrorResponse } from "../transport/responseBody";
import {
  corruptedContent,
  expiredToken,
  validated,
  isRedirect,
  isTransientStatus,
  retryAfter,
  type RetryContext,
  TransientError,
  withRetries,
} from "../transport/retry";
import { discard, type HttpResponse, type HttpRequest, type Transport } from "../transport/transport";
import { parseLocation } from "./links";

/** One request to the registry, before it is known how to show who asks. */
export interface RegistryRequest {
  method: HttpRequest["method"];
  /** A path of the registry's host, with its query, or an address that the registry gave. */
  url: string | URL;
  /** What a token must allow. @default nothing */
  scopes?: readonly Scope[];
  headers?: Readonly<Record<string, string>>;
  /** Bytes, or a way to open them for each time they are sent. */
  body?: Buffer | (() => Promise<Readable>);
  /** Milliseconds until the answer must begin. */
  headersTimeout?: number;
  /** Throws where an answer cannot be right; what was hurt on the way is asked for again. */
  validate?: (result: RegistryResponse) => unknown;
  /** True for a refusal that the same request may not meet again. */
  isRetryable?: (error: RegistryErrorResponse) => boolean;
  signal?: AbortSignal | undefined;
}

/** A whole answer. */
export interface RegistryResponse extends Pick<HttpResponse, "status" | "url" | "header" | "headers"> {
  bytes: Buffer;
}

/** Asks one registry: with authorization, redirects, time-outs and retries. */
export class RegistryClient {
  /** `https://host`, or `http://host` on loopback. */
  readonly base: URL;
  private readonly authorizer: Authorizer;
  private readonly warned = new Set<string>();

  constructor(
    readonly host: string,
    readonly transport: Transport,
    readonly retryContext: RetryContext,
    credentials: ConstructorParameters<typeof Authorizer>[1],
    credentialStaleAfter?: number,
  ) {
    const at = isDockerHub(host) ? DOCKER_HUB : host;
    this.base = new URL(`${isLoopback(at) ? "http" : "https"}://${at}/`);
    this.authorizer = new Authorizer(host, credentials, transport, retryContext, credentialStaleAfter);
  }

  /** Method and address, for messages. */
  describe({ method, url }: Pick<RegistryRequest, "method" | "url">): string {
    return `${method} ${displayUrl(new URL(url, this.base))}`;
  }

  /**
   * One exchange, its answer still flowing, whatever its status. After a 401 it is repeated once with a new token.
   *
   * @throws DualRegistryError REGISTRY_AUTH, CONTENT_INVALID; what the network throws
   */
  async send(request: RegistryRequest): Promise<HttpResponse> {
    const url = new URL(request.url, this.base);
    const fromRegistry = url.origin === this.base.origin;
    const scopes = request.scopes ?? [];
    const signal = this.signalOf(request);
    const withSignal = { ...request, signal };
    const authorization = fromRegistry ? await this.authorizer.header(scopes) : undefined;
    const response = await follow(this.transport, this.base, url, withSignal, authorization);
    this.tellWarnings(response);
    if (response.status !== 401 || response.url.origin !== this.base.origin || !fromRegistry) return response;
    discard(response);
    const what = this.describe(request);
    const renewed = await this.authorizer.afterUnauthorized(response, authorization, { scopes, what });
    const answer = await follow(this.transport, this.base, url, withSignal, renewed);
    this.tellWarnings(answer);
    return answer;
  }

  /**
   * Tells what a registry warns of, each text once a session; nothing is decided by it.
   * Source: distribution specification 1.1, "Warnings".
   */
  private tellWarnings(response: HttpResponse): void {
    if (response.url.origin !== this.base.origin) return;
    const header = response.headers("warning").join(", ").slice(0, MAX_WARNING);
    for (const [, text = ""] of header.matchAll(/\b299 - "((?:[^"\\]|\\.)*)"/g)) {
      if (this.warned.has(text) || this.warned.size >= MAX_WARNINGS) continue;
      this.warned.add(text);
      const plain = this.authorizer.secrets.scrub(text.replace(/\\(.)/g, "$1"));
      this.retryContext.onRetry(`${this.host} warns: ${quoted(plain)}`);
    }
  }

  /** What an answer says against a request. The body is used up. */
  readError(response: HttpResponse): Promise<RegistryErrorResponse> {
    return readErrorResponse(response, this.authorizer.secrets.scrub);
  }

  /** Why an answer is not the one wanted: something to throw. */
  async errorFor(
    response: HttpResponse,
    request: RegistryRequest,
    authenticated?: RegistryErrorResponse,
  ): Promise<Error> {
    const fromRegistry = response.url.origin === this.base.origin;
    const what = fromRegistry
      ? this.describe(request)
      : `${this.describe(request)}, redirected to ${displayUrl(response.url)}`;
    const error = authenticated ?? (await this.readError(response));
    const { status, summary } = error;
    if (isTransientStatus(status)) return new TransientError(summary, retryAfter(response));
    if (fromRegistry && (status === 401 || (status === 403 && !isQuota(error)))) {
      const challenges = parseChallenges(response.headers("www-authenticate"));
      const scopes = request.scopes ?? [];
      const authenticated =
        status === 403 || challenges.some(({ parameters }) => parameters.get("error") === "insufficient_scope");
      return this.authorizer.denialError({ what, response: summary, challenges, scopes, authenticated });
    }
    return refusalError({ ...error, what });
  }

  /**
   * One request that may be repeated, with the whole answer.
   *
   * @param expected statuses that are answers; any other is thrown
   * @param limit bytes of the body @default 64 KiB
   * @throws DualRegistryError
   */
  async request(request: RegistryRequest, expected: readonly number[], limit = 64 * 1024): Promise<RegistryResponse> {
    const what = this.describe(request);
    return withRetries(
      what,
      async (attempt) => {
        const response = await this.send(request);
        if (!expected.includes(response.status)) {
          const error = await this.readError(response);
          const refusal = await this.errorFor(response, request, error);
          if (request.isRetryable?.(error) === true) throw corruptedContent(refusal, attempt);
          throw isTokenExpired(response) ? expiredToken(refusal, attempt) : refusal;
        }
        const { status, url, header, headers } = response;
        const result = { status, url, header, headers, bytes: await this.readBytes(response, request, limit) };
        return validated(attempt, () => {
          request.validate?.(result);
          return result;
        });
      },
      { ...this.retryContext, signal: this.signalOf(request) },
    );
  }

  /** The caller's signal and the session's in one. */
  private signalOf({ signal }: Pick<RegistryRequest, "signal">): AbortSignal | undefined {
    const session = this.retryContext.signal;
    return signal && session && signal !== session ? AbortSignal.any([signal, session]) : (signal ?? session);
  }

  private async readBytes(response: HttpResponse, request: RegistryRequest, limit: number): Promise<Buffer> {
    if (request.method === "HEAD") {
      discard(response);
      return Buffer.alloc(0);
    }
    return readBody(response, limit, this.describe(request), this.transport.timeouts.response);
  }
}

/** Characters of warnings in one answer, which the specification allows, and warnings that a session tells. */
const MAX_WARNING = 4096;
const MAX_WARNINGS = 20;

const MAX_REDIRECTS = 5;

/** Redirects that keep method and body. Source: RFC 9110, 15.4.8 and 15.4.9. */
const KEEPS_METHOD: readonly number[] = [307, 308];

/**
 * Sends a request and goes where the answer points to: for what writes only by a redirect that keeps method and body, as a
 * registry that hands its uploads to another does (containerd/containerd#11949). The authorization goes to the registry
 * alone: once another host was visited it is not shown again, not even to the registry.
 *
 * @throws DualRegistryError CONTENT_INVALID for a redirect in a circle, to plain text, or from outside into this machine
 */
async function follow(
  transport: Transport,
  base: URL,
  url: URL,
  request: RegistryRequest,
  authorization: string | undefined,
): Promise<HttpResponse> {
  const { method, body, headers, headersTimeout, signal } = request;
  const what = `${method} ${displayUrl(url)}`;
  let at = url;
  let trusted = url.origin === base.origin;
  for (let hops = 0; ; hops += 1) {
    const response = await transport.send({
      method,
      url: at,
      headers: { ...headers, ...(trusted && authorization !== undefined ? { authorization } : {}) },
      ...(body === undefined ? {} : { body: typeof body === "function" ? await body() : body }),
      ...defined({ headersTimeout, signal }),
    });
    const reads = method === "GET" || method === "HEAD";
    if (!isRedirect(response.status) || !(reads || KEEPS_METHOD.includes(response.status))) return response;
    discard(response);
    if (hops === MAX_REDIRECTS)
      throw new DualRegistryError("CONTENT_INVALID", `${what}: more than ${MAX_REDIRECTS} redirects`);
    at = parseLocation(response.header("location"), at, base, what);
    trusted &&= at.origin === base.origin;
  }
}

/** A new token that is refused as an old one: it was on its way for longer than it lives. */
export const isTokenExpired = (response: Pick<HttpResponse, "status" | "headers">): boolean =>
  response.status === 401 &&
  parseChallenges(response.headers("www-authenticate")).some(
    ({ parameters }) => parameters.get("error") === "invalid_token",
  );

/** A request that was not granted for another reason than who asked. */
interface RefusedRequest extends RegistryErrorResponse {
  /** Method and address. */
  what: string;
}

const QUOTA = /quota|storage (?:limit|is full)|exceed|too large|insufficient storage|no space/i;
const TOO_LARGE: readonly number[] = [413, 507];
const IMMUTABLE_TAG = /immutab|already exists|cannot be overwritten/i;
const UNSUPPORTED_STATUSES: readonly number[] = [405, 501];

/** True for a 403 that is about room, not about rights. */
const isQuota = ({ status, code, text }: RegistryErrorResponse): boolean =>
  TOO_LARGE.includes(status) ||
  code === "SIZE_INVALID" ||
  (status >= 400 && status < 500 && QUOTA.test(`${code} ${text}`));

/** The error of a refusal. */
function refusalError(refusal: RefusedRequest): DualRegistryError {
  const { what, summary } = refusal;
  const [code, remedy] = classify(refusal);
  return new DualRegistryError(code, `${what}: ${summary}${remedy === "" ? "" : `; ${remedy}`}`);
}

function classify(refusal: RefusedRequest): [ErrorCode, string] {
  const { status, code, text } = refusal;
  if (isQuota(refusal)) return ["REGISTRY_REFUSED", "make room in the registry, raise its quota, or send less"];
  if (UNSUPPORTED_STATUSES.includes(status) || code === "UNSUPPORTED") {
    return ["REGISTRY_REFUSED", "the registry does not support this, or has it disabled: see its documentation"];
  }
  if (IMMUTABLE_TAG.test(text)) return ["TAG_TAKEN", "the registry does not overwrite tags: choose another tag"];
  if (status === 404) return ["NOT_FOUND", ""];
  if (status >= 400 && status < 500) return ["REGISTRY_REFUSED", ""];
  return ["CONTENT_INVALID", "the distribution specification defines no such response to this request"];
}
