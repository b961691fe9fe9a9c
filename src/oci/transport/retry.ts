import { DualRegistryError } from "../../base/errors";
import { CORRUPTED_TRIES, retry } from "../../base/retry";
import { quoted } from "../../base/text/quote";
import type { BackoffPolicy, HttpResponse } from "./transport";

/** A failure that may be gone the next time; the message says what the server answered. */
export class TransientError extends Error {
  /**
   * @param wait milliseconds the server asks for
   * @param final what to throw when trying again did not help @default REGISTRY_UNAVAILABLE
   */
  constructor(
    message: string,
    readonly wait?: number,
    readonly final?: DualRegistryError,
  ) {
    super(message);
    this.name = "Transient";
  }
}

/** What the repeating of a step goes by. */
export interface RetryContext {
  policy: BackoffPolicy;
  signal?: AbortSignal | undefined;
  /** Gets a line for each repetition. */
  onRetry: (line: string) => void;
  /** Bytes that need not be sent or read again. Tries count anew once a good piece has come through. */
  progress?: () => number;
}

/** Bytes after which a step that broke counts as one that gets somewhere. */
const PROGRESS_BYTES = 1024 * 1024;

/**
 * Does a step until it succeeds, with pauses that grow and are drawn by chance ("full jitter").
 *
 * @param what names the step and where it is done, for messages
 * @throws DualRegistryError what the step throws of it; REGISTRY_UNAVAILABLE when the tries are used up
 * @throws the signal's reason
 */
export async function withRetries<T>(
  what: string,
  step: (attempt: number) => Promise<T>,
  context: RetryContext,
): Promise<T> {
  const { policy, progress = () => 0 } = context;
  let reached = progress();
  return retry(step, {
    attempts: policy.attempts,
    signal: context.signal,
    retryable: (error) => {
      if (isUntrustedCertificate(error)) throw untrustedCertificate(what, error);
      if (policy.givesUpOnLongWaits === true && (waitOf(error) ?? 0) > policy.maxRetryAfter) {
        throw retriesExhausted(what, 1, error);
      }
      return error instanceof TransientError || isBrokenConnection(error);
    },
    progressed: () => {
      const [before, now] = [reached, progress()];
      reached = Math.max(reached, now);
      return now - before >= PROGRESS_BYTES;
    },
    pause: (failures, error) => pauseAfter(failures, error, policy),
    onRetry: (error, wait) =>
      context.onRetry(`${what}: ${shortCause(error)}; retrying in ${(wait / 1000).toFixed(1)} s`),
    exhausted: (failures, error) =>
      (error instanceof TransientError && error.final) || retriesExhausted(what, failures, error),
  });
}

const waitOf = (error: unknown): number | undefined => (error instanceof TransientError ? error.wait : undefined);

/** Milliseconds that a registry asked to wait, where that is why an error came about; undefined where it said nothing. */
export const requestedWait = (error: unknown): number | undefined =>
  waitOf(error) ?? (error instanceof Error ? waitOf(error.cause) : undefined);

function pauseAfter(failures: number, error: unknown, policy: BackoffPolicy): number {
  const jitter = Math.random() * Math.min(policy.maxPause, policy.base * 2 ** (failures - 1));
  const requested = waitOf(error);
  return requested === undefined ? jitter : Math.min(requested, policy.maxRetryAfter) + Math.min(jitter, 250);
}

function retriesExhausted(what: string, tries: number, error: unknown): DualRegistryError {
  return new DualRegistryError(
    "REGISTRY_UNAVAILABLE",
    `${what}: failed ${tries} ${tries === 1 ? "time" : "times"} in a row; last failure: ${shortCause(error)}; ` +
      `check that the registry is up and reachable from here, then run the command again`,
    { cause: error },
  );
}

function untrustedCertificate(what: string, error: unknown): DualRegistryError {
  return new DualRegistryError(
    "REGISTRY_UNAVAILABLE",
    `${what}: its TLS certificate is not trusted (${shortCause(error)}); ` +
      `if the registry uses its own certificate authority, name that authority's file in NODE_EXTRA_CA_CERTS`,
    { cause: error },
  );
}

const CERTIFICATE_ERRORS =
  /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|INVALID_CA)/;
/** undici's codes for a program's mistake rather than the network's. */
const CALLER_ERRORS: readonly string[] = [
  "UND_ERR_INVALID_ARG",
  "UND_ERR_INVALID_RETURN_VALUE",
  "UND_ERR_NOT_SUPPORTED",
];
const NETWORK_ERRORS =
  /^(?:UND_ERR_\w+|HPE_\w+|ERR_SSL_\w+|ERR_TLS_\w+|ERR_STREAM_PREMATURE_CLOSE|EAI_\w+|ECONN\w+|ENOTFOUND|ENODATA|EPIPE|EPROTO|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)$/;

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** True for what a network, a name server or the other side's disappearing brings about. */
function isBrokenConnection(error: unknown): boolean {
  const code = codeOf(error);
  // An answer that is no HTTP: the parser gives no code to some of them (docker/hub-feedback#1907).
  const noHttp = error instanceof Error && error.name === "HTTPParserError";
  return noHttp || (NETWORK_ERRORS.test(code) && !CALLER_ERRORS.includes(code)) || isUntrustedCertificate(error);
}

/** True where the other side's certificate is the reason: trying again cannot help. */
const isUntrustedCertificate = (error: unknown): boolean => CERTIFICATE_ERRORS.test(codeOf(error));

/** A failure in a few words. */
function shortCause(error: unknown): string {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return code === "" ? message.slice(0, 500) : `${code} ${quoted(message)}`;
}

/** What begins like a date: `Date.parse` alone reads a year even out of "-1". */
const HTTP_DATE = /^(?:Mon|Tues?|Wed|Wednes|Thu|Thurs|Fri|Sat|Satur|Sun)(?:day)?,? /;

/**
 * How long a server asks to wait, in milliseconds. A date is taken relative to the server's own clock, which it sends
 * along: ours may differ. Source: RFC 9110, 10.2.3.
 *
 * @returns `undefined` where it says nothing readable
 */
export function retryAfter(response: Pick<HttpResponse, "header">, now = Date.now()): number | undefined {
  const value = response.header("retry-after")?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const until = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const serverNow = Date.parse(response.header("date") ?? "");
  return Math.max(0, until - (Number.isNaN(serverNow) ? now : serverNow));
}

/** The error to throw for corrupted content: transient for the first tries. */
export const corruptedContent = (error: unknown, attempt: number): unknown =>
  transientUntil(CORRUPTED_TRIES, error, attempt);

/** Tries with a token that ended on its way: each gets a new one, and a registry that refuses three refuses the login. */
const TOKEN_TRIES = 3;

/** The error to throw for a token that ended on its way: transient for the first tries. */
export const expiredToken = (error: unknown, attempt: number): unknown => transientUntil(TOKEN_TRIES, error, attempt);

function transientUntil(tries: number, error: unknown, attempt: number): unknown {
  const retryable = error instanceof DualRegistryError && attempt < tries;
  return retryable ? new TransientError(error.message, undefined, error) : error;
}

/** Checks content that was read. @throws what {@link corruptedContent} makes of the check's error */
export function validated<T>(attempt: number, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw corruptedContent(error, attempt);
  }
}

const TRANSIENT_STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** True for what a server answers that may answer otherwise soon. */
export const isTransientStatus = (status: number): boolean => TRANSIENT_STATUSES.includes(status);

/** True for an answer that names another address for the same request. */
export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);
