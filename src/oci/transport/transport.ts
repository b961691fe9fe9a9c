import type { Readable } from "node:stream";
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { isLoopback } from "../../base/reference";
import { displayUrl, quoted } from "../../base/text/quote";

/** One request as it goes over the wire. */
export interface HttpRequest {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: URL;
  headers?: Readonly<Record<string, string>>;
  body?: Buffer | Readable;
  /** Milliseconds until the answer must begin. @default Timeouts.headers */
  headersTimeout?: number;
  signal?: AbortSignal;
}

/** An answer whose body still flows: read it, or {@link discard} it. */
export interface HttpResponse {
  status: number;
  url: URL;
  /** A header's value, the first one where it came several times. */
  header: (name: string) => string | undefined;
  /** All values of a header. */
  headers: (name: string) => readonly string[];
  body: Dispatcher.ResponseData["body"];
}

/** Bytes kept ready between the network and whoever reads. */
const READ_AHEAD = 1024 * 1024;
const MAX_HEADER = 32 * 1024;

/** Speaks HTTP: keeps connections, honours the proxy variables of the environment except on loopback, refuses plain text. */
export class Transport {
  private readonly direct: Dispatcher;
  private readonly proxied: Dispatcher;

  constructor(readonly timeouts: Timeouts) {
    const options: Agent.Options = {
      connect: { timeout: timeouts.connect },
      headersTimeout: timeouts.headers,
      bodyTimeout: timeouts.idle,
      keepAliveTimeout: 15_000,
      maxHeaderSize: MAX_HEADER,
      pipelining: 1,
    };
    this.direct = new Agent(options);
    this.proxied = new EnvHttpProxyAgent(options);
  }

  /**
   * Sends one request and waits until the answer begins. Follows nothing and repeats nothing.
   *
   * @throws DualRegistryError CONTENT_INVALID for plain text to another machine
   * @throws what the network throws, and the signal's reason
   */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const { url, method, headers, body, headersTimeout, signal } = request;
    refusePlainText(url);
    signal?.throwIfAborted();
    const dispatcher = isLoopback(url.host) ? this.direct : this.proxied;
    const response = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { "user-agent": "dual-registry", ...headers },
      highWaterMark: READ_AHEAD,
      // The library closes a connection after each HEAD, lest a server sends a body with the answer. A registry that did
      // would garble its own next answer and nothing else: what counts is checked by digest.
      reset: false,
      ...defined({ body, headersTimeout, signal }),
    });
    const values = (name: string): readonly string[] => {
      const value = response.headers[name];
      return value === undefined ? [] : typeof value === "string" ? [value] : value;
    };
    return {
      status: response.statusCode,
      url,
      headers: values,
      header: (name) => values(name)[0],
      body: response.body,
    };
  }

  /** Ends every connection, busy ones too. */
  async close(): Promise<void> {
    await Promise.all([this.direct.destroy(), this.proxied.destroy()]);
  }
}

/** Refuses what would go over a network in the clear. @throws DualRegistryError CONTENT_INVALID */
export function refusePlainText(url: URL): void {
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.host))) return;
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `Address ${quoted(displayUrl(url))}: refused; allowed: https, or http on this machine's loopback`,
  );
}

/** Lets go of an answer: a short rest is read so that the connection can serve again, a long one is cut off. */
export function discard(response: HttpResponse): void {
  response.body.dump({ limit: 64 * 1024 }).catch(() => undefined);
}

/** How long to wait, in milliseconds; no wait is endless. */
export interface Timeouts {
  /** Until a connection stands, TLS included. */
  connect: number;
  /** Until an answer begins. */
  headers: number;
  /** Between two pieces of an answer's body. */
  idle: number;
  /** For a whole answer that is read into memory: a manifest, a page of tags, a token. */
  response: number;
  /** Until a registry has taken over a blob that was sent: it may read all of it again. */
  commit: number;
}

/** @default of {@link Timeouts} */
export const TIMEOUTS: Timeouts = {
  connect: 10_000,
  headers: 60_000,
  idle: 30_000,
  response: 120_000,
  commit: 300_000,
};

/** How often, and how soon, a step that may be done twice is done again. Times are milliseconds. */
export interface BackoffPolicy {
  /** All tries together, the first one included. */
  attempts: number;
  /** Upper end of the first pause; each further one doubles it. The pause is drawn evenly from zero up. */
  base: number;
  /** Upper end of any drawn pause. */
  maxPause: number;
  /** The longest that a registry may ask us to wait by `Retry-After`. */
  maxRetryAfter: number;
  /** True where whoever asks does not wait: a longer `Retry-After` ends the tries at once. @default false */
  givesUpOnLongWaits?: boolean;
}

/** @default of {@link BackoffPolicy} */
export const RETRIES: BackoffPolicy = { attempts: 5, base: 500, maxPause: 20_000, maxRetryAfter: 60_000 };
