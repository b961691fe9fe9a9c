import type { Readable } from "node:stream";
import { defined } from "../../base/defined";
import { DualRegistryError, type ErrorCode } from "../../base/errors";
import { isLoopback } from "../../base/reference";
import { displayUrl } from "../../base/text/quote";
import { Authorizer } from "../auth/authorizer";
import { parseChallenges } from "../auth/challenge";
import type { Scope } from "../auth/token";
import { readBody, readComplaint, type RegistryComplaint } from "../transport/responseBody";
import {
  corrupted,
  intact,
  isRedirect,
  isTransientStatus,
  retryAfter,
  type Retrying,
  Transient,
  withRetries,
} from "../transport/retry";
import { discard, type HttpAnswer, type HttpRequest, type Transport } from "../transport/transport";
import { parseLocation } from "./links";

/** One request to the registry, before it is known how to show who asks. */
export interface Call {
  method: HttpRequest["method"];
  /** A path of the registry's host, with its query, or an address that the registry gave. */
  to: string | URL;
  /** What a token must allow. @default nothing */
  scopes?: readonly Scope[];
  headers?: Readonly<Record<string, string>>;
  /** Bytes, or a way to open them for each time they are sent. */
  body?: Buffer | (() => Promise<Readable>);
  /** Milliseconds until the answer must begin. */
  answerWithin?: number;
  /** Throws where an answer cannot be right; what was hurt on the way is asked for again. */
  check?: (reply: Reply) => unknown;
  /** True for a refusal that the same request may not meet again. */
  passes?: (complaint: RegistryComplaint) => boolean;
  signal?: AbortSignal | undefined;
}

/** A whole answer. */
export interface Reply extends Pick<HttpAnswer, "status" | "url" | "header" | "headers"> {
  bytes: Buffer;
}

/** Asks one registry: with authorization, redirects, time-outs and retries. */
export class Caller {
  /** `https://host`, or `http://host` on loopback. */
  readonly base: URL;
  private readonly authorizer: Authorizer;

  constructor(
    readonly host: string,
    readonly transport: Transport,
    readonly retrying: Retrying,
    credentials: ConstructorParameters<typeof Authorizer>[1],
  ) {
    this.base = new URL(`${isLoopback(host) ? "http" : "https"}://${host}/`);
    this.authorizer = new Authorizer(host, credentials, transport, retrying);
  }

  /** Method and address, for messages. */
  named({ method, to }: Pick<Call, "method" | "to">): string {
    return `${method} ${displayUrl(new URL(to, this.base))}`;
  }

  /**
   * One exchange, its answer still flowing, whatever its status. After a 401 it is repeated once with a new token.
   *
   * @throws DualRegistryError REGISTRY_AUTH, CONTENT_INVALID; what the network throws
   */
  async exchange(call: Call): Promise<HttpAnswer> {
    const url = new URL(call.to, this.base);
    const own = url.origin === this.base.origin;
    const scopes = call.scopes ?? [];
    const signal = this.signalOf(call);
    const bound = { ...call, signal };
    const authorization = own ? await this.authorizer.header(scopes) : undefined;
    const answer = await follow(this.transport, this.base, url, bound, authorization);
    if (answer.status !== 401 || answer.url.origin !== this.base.origin || !own) return answer;
    discard(answer);
    const what = this.named(call);
    const renewed = await this.authorizer.afterRefusal(answer, authorization, { scopes, what });
    return follow(this.transport, this.base, url, bound, renewed);
  }

  /** What an answer says against a request. The body is used up. */
  complaint(answer: HttpAnswer): Promise<RegistryComplaint> {
    return readComplaint(answer, this.authorizer.secrets.scrub);
  }

  /** Why an answer is not the one wanted: something to throw. */
  async refusal(answer: HttpAnswer, call: Call, known?: RegistryComplaint): Promise<Error> {
    const own = answer.url.origin === this.base.origin;
    const what = own ? this.named(call) : `${this.named(call)}, sent on to ${displayUrl(answer.url)}`;
    const complaint = known ?? (await this.complaint(answer));
    const { status, shown } = complaint;
    if (isTransientStatus(status)) return new Transient(shown, retryAfter(answer));
    if (own && (status === 401 || (status === 403 && !isQuota(complaint)))) {
      const challenges = parseChallenges(answer.headers("www-authenticate"));
      const scopes = call.scopes ?? [];
      const known =
        status === 403 || challenges.some(({ parameters }) => parameters.get("error") === "insufficient_scope");
      return this.authorizer.denial({ what, answer: shown, challenges, scopes, known });
    }
    return refusalError({ ...complaint, what });
  }

  /**
   * One request that may be repeated, with the whole answer.
   *
   * @param expected statuses that are answers; any other is thrown
   * @param limit bytes of the body @default 64 KiB
   * @throws DualRegistryError
   */
  async ask(call: Call, expected: readonly number[], limit = 64 * 1024): Promise<Reply> {
    const what = this.named(call);
    return withRetries(
      what,
      async (attempt) => {
        const answer = await this.exchange(call);
        if (!expected.includes(answer.status)) {
          const complaint = await this.complaint(answer);
          const refusal = await this.refusal(answer, call, complaint);
          throw call.passes?.(complaint) === true || tokenRanOut(answer) ? corrupted(refusal, attempt) : refusal;
        }
        const { status, url, header, headers } = answer;
        const reply = { status, url, header, headers, bytes: await this.bytes(answer, call, limit) };
        return intact(attempt, () => {
          call.check?.(reply);
          return reply;
        });
      },
      { ...this.retrying, signal: this.signalOf(call) },
    );
  }

  /** The caller's signal and the session's in one. */
  private signalOf({ signal }: Pick<Call, "signal">): AbortSignal | undefined {
    const session = this.retrying.signal;
    return signal && session && signal !== session ? AbortSignal.any([signal, session]) : (signal ?? session);
  }

  private async bytes(answer: HttpAnswer, call: Call, limit: number): Promise<Buffer> {
    if (call.method === "HEAD") {
      discard(answer);
      return Buffer.alloc(0);
    }
    return readBody(answer, limit, this.named(call), this.transport.timeouts.answer);
  }
}

const MOST_REDIRECTS = 5;

/**
 * Sends a request, and for GET and HEAD goes where the answer points to. The authorization goes to the registry alone:
 * once another host was visited it is not shown again, not even to the registry.
 *
 * @throws DualRegistryError CONTENT_INVALID for a redirect in a circle, to plain text, or from outside into this machine
 */
async function follow(
  transport: Transport,
  base: URL,
  url: URL,
  call: Call,
  authorization: string | undefined,
): Promise<HttpAnswer> {
  const { method, body, headers, answerWithin, signal } = call;
  const what = `${method} ${displayUrl(url)}`;
  let at = url;
  let trusted = url.origin === base.origin;
  for (let hops = 0; ; hops += 1) {
    const answer = await transport.send({
      method,
      url: at,
      headers: { ...headers, ...(trusted && authorization !== undefined ? { authorization } : {}) },
      ...(body === undefined ? {} : { body: typeof body === "function" ? await body() : body }),
      ...defined({ answerWithin, signal }),
    });
    if (!isRedirect(answer.status) || (method !== "GET" && method !== "HEAD")) return answer;
    discard(answer);
    if (hops === MOST_REDIRECTS)
      throw new DualRegistryError("CONTENT_INVALID", `${what}: more than ${MOST_REDIRECTS} redirects`);
    at = parseLocation(answer.header("location"), at, base, what);
    trusted &&= at.origin === base.origin;
  }
}

/** A new token that is refused as an old one: it was on its way for longer than it lives. */
export const tokenRanOut = (answer: Pick<HttpAnswer, "status" | "headers">): boolean =>
  answer.status === 401 &&
  parseChallenges(answer.headers("www-authenticate")).some(
    ({ parameters }) => parameters.get("error") === "invalid_token",
  );

/** A request that was not granted for another reason than who asked. */
interface Refused extends RegistryComplaint {
  /** Method and address. */
  what: string;
}

const QUOTA = /quota|storage (?:limit|is full)|exceed|too large|insufficient storage|no space/i;
const TOO_LARGE: readonly number[] = [413, 507];
const TAKEN = /immutab|already exists|cannot be overwritten/i;
const LACKING: readonly number[] = [405, 501];

/** True for a 403 that is about room, not about rights. */
const isQuota = ({ status, code, text }: RegistryComplaint): boolean =>
  TOO_LARGE.includes(status) ||
  code === "SIZE_INVALID" ||
  (status >= 400 && status < 500 && QUOTA.test(`${code} ${text}`));

/** The error of a refusal. */
function refusalError(refused: Refused): DualRegistryError {
  const { what, shown } = refused;
  const [code, todo] = kindOf(refused);
  return new DualRegistryError(code, `${what}: ${shown}${todo === "" ? "" : `; ${todo}`}`);
}

function kindOf(refused: Refused): [ErrorCode, string] {
  const { status, code, text } = refused;
  if (isQuota(refused)) return ["REGISTRY_REFUSED", "make room in the registry, raise its quota, or send less"];
  if (LACKING.includes(status) || code === "UNSUPPORTED") {
    return ["REGISTRY_REFUSED", "the registry does not do that, or is not set up to: see its documentation"];
  }
  if (TAKEN.test(text)) return ["TAG_TAKEN", "the registry keeps tags as they are: choose another tag"];
  if (status === 404) return ["NOT_FOUND", ""];
  if (status >= 400 && status < 500) return ["REGISTRY_REFUSED", ""];
  return ["CONTENT_INVALID", "that is no answer of the distribution specification to this request"];
}
