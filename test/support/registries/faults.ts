/** Which way the bytes flow that a fault befalls. */
export type Side = "request" | "response";

/**
 * One thing that goes wrong. `atByte` counts the body's bytes that still get through; a response with 0 of them loses
 * its status line too, while the target has done what was asked.
 */
export type Fault =
  /** The connection is reset. */
  | { kind: "reset"; of: Side; atByte: number }
  /** Nothing comes any more, and the connection stays open. */
  | { kind: "hang"; of: Side; atByte: number }
  /** The response ends too soon: the connection closes, or, where `silent`, its length is made to fit. */
  | { kind: "truncate"; atByte: number; silent?: boolean }
  /** One byte is turned over. */
  | { kind: "corrupt"; of: Side; atByte: number }
  /** At most so many bytes a second. */
  | { kind: "slow"; of: Side; bytesPerSecond: number }
  /** An answer in the target's stead, after so many bytes of the request (default 0); the target hears nothing. */
  | { kind: "status"; status: number; headers?: Readonly<Record<string, string>>; body?: string; atByte?: number }
  /** 401 with the target's own challenge, as for a token that ran out. */
  | { kind: "expired" }
  /** The clock of the target goes wrong: its Date header. */
  | { kind: "clock"; seconds: number }
  /** A header of the response with another value; `undefined` takes it away. */
  | { kind: "header"; name: string; value: string | undefined };

/** A request as rules look at it. */
export interface Hit {
  method: string;
  /** With its query. */
  path: string;
}

/** What happens to which requests. */
interface FaultRule {
  match: (hit: Hit) => boolean;
  /** The number, from 1, of the one matching request it happens to. Default: to every one. */
  at?: number;
  fault: Fault;
}

/** Everything that a proxy does wrong. Rules come first, in their order; chance decides on what they leave alone. */
export interface FaultPlan {
  rules?: readonly FaultRule[];
  chance?: {
    /** 0 to 1. */
    probability: number;
    seed: number;
    /** Default {@link COMMON_FAULTS}. */
    faults?: readonly Fault[];
    match?: (hit: Hit) => boolean;
  };
}

const errorBody = (code: string, message: string): string =>
  JSON.stringify({ errors: [{ code, message, detail: {} }] });

/** The server has no room left, as Distribution says it: it notices once it writes. */
export const diskFull = (atByte = 0): Fault => ({
  kind: "status",
  status: 500,
  atByte,
  body: errorBody("UNKNOWN", "write /var/lib/registry: no space left on device"),
});

/** As a proxy or a WebDAV store says that there is no room (RFC 4918, 507). */
export const insufficientStorage = (atByte = 0): Fault => ({ kind: "status", status: 507, atByte });

/** Too many requests. Source: RFC 9110, Retry-After: seconds, or a date. */
export const tooMany = (retryAfter: string): Fault => ({
  kind: "status",
  status: 429,
  headers: { "retry-after": retryAfter },
  body: errorBody("TOOMANYREQUESTS", "too many requests"),
});

/** The server failed. */
export const serverError = (status = 500): Fault => ({
  kind: "status",
  status,
  body: errorBody("UNKNOWN", "unknown error"),
});

/** What a network and a registry do to a client on a bad day; all of it passes. */
export const COMMON_FAULTS: readonly Fault[] = [
  { kind: "reset", of: "request", atByte: 100 },
  { kind: "reset", of: "response", atByte: 0 },
  { kind: "reset", of: "response", atByte: 50 },
  { kind: "truncate", atByte: 20 },
  { kind: "truncate", atByte: 20, silent: true },
  { kind: "corrupt", of: "response", atByte: 5 },
  serverError(500),
  serverError(503),
  tooMany("0"),
  { kind: "expired" },
];
