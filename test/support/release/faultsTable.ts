import { diskFull, insufficientStorage, serverError, tooMany, type Fault } from "../registries/faults";

/** One thing that goes wrong once, at a request of a phase; the run itself must get over it. */
export interface PassingFault {
  name: string;
  fault: Fault;
  /** Which requests it can befall: those that send bytes, those that read some, or any. */
  of: "sent" | "read" | "any";
}

const DAY = 86_400;
const asDate = (secondsFromNow: number): string => new Date(Date.now() + secondsFromNow * 1000).toUTCString();

/** Made anew for each use, since one of them names a moment. */
export const passingFaults = (): readonly PassingFault[] => [
  { name: "a reset before the first byte sent", of: "sent", fault: { kind: "reset", of: "request", atByte: 0 } },
  { name: "a reset after 100 bytes sent", of: "sent", fault: { kind: "reset", of: "request", atByte: 100 } },
  { name: "a reset instead of the answer", of: "any", fault: { kind: "reset", of: "response", atByte: 0 } },
  { name: "a reset after 50 bytes of the answer", of: "read", fault: { kind: "reset", of: "response", atByte: 50 } },
  { name: "a hang after 50 bytes sent", of: "sent", fault: { kind: "hang", of: "request", atByte: 50 } },
  { name: "a hang instead of the answer", of: "any", fault: { kind: "hang", of: "response", atByte: 0 } },
  { name: "a hang after 20 bytes of the answer", of: "read", fault: { kind: "hang", of: "response", atByte: 20 } },
  { name: "an answer cut short", of: "read", fault: { kind: "truncate", atByte: 20 } },
  { name: "an answer cut short without a word", of: "read", fault: { kind: "truncate", atByte: 20, silent: true } },
  { name: "a wrong byte in the answer", of: "read", fault: { kind: "corrupt", of: "response", atByte: 5 } },
  { name: "a wrong byte in what is sent", of: "sent", fault: { kind: "corrupt", of: "request", atByte: 5 } },
  { name: "a slow answer", of: "read", fault: { kind: "slow", of: "response", bytesPerSecond: 20_000_000 } },
  { name: "a slow way there", of: "sent", fault: { kind: "slow", of: "request", bytesPerSecond: 5_000_000 } },
  { name: "status 500", of: "any", fault: serverError(500) },
  { name: "status 503", of: "any", fault: serverError(503) },
  { name: "status 429 with Retry-After", of: "any", fault: tooMany("0") },
  {
    name: "status 429 with a Retry-After by a clock a day ahead",
    of: "any",
    fault: { kind: "status", status: 429, headers: { "retry-after": asDate(DAY), date: asDate(DAY) } },
  },
  { name: "a token that ran out", of: "any", fault: { kind: "expired" } },
  { name: "a clock a day behind", of: "any", fault: { kind: "clock", seconds: -DAY } },
  { name: "a full disk for a moment", of: "sent", fault: diskFull(100) },
];

/** What goes wrong from one moment on, until somebody does something about it. */
export interface LastingFault {
  name: string;
  fault: Fault;
  /** Whether only what adds to the registry fails. */
  writesOnly: boolean;
  code: "REGISTRY_UNAVAILABLE" | "REGISTRY_REFUSED";
  /** What the error must say. */
  says: RegExp;
}

const quota = JSON.stringify({ errors: [{ code: "DENIED", message: "the registry's storage quota is exceeded" }] });

export const LASTING_FAULTS: readonly LastingFault[] = [
  {
    ...{ name: "an exceeded quota", writesOnly: true, code: "REGISTRY_REFUSED", says: /quota/ },
    fault: { kind: "status", status: 403, body: quota, headers: { "content-type": "application/json" } },
  },
  {
    ...{ name: "no storage left (507)", writesOnly: true, code: "REGISTRY_REFUSED", says: /507.*make room/ },
    fault: insufficientStorage(),
  },
  {
    ...{ name: "a full disk", writesOnly: true, code: "REGISTRY_UNAVAILABLE", says: /no space left/ },
    fault: diskFull(),
  },
  {
    ...{ name: "an outage", writesOnly: false, code: "REGISTRY_UNAVAILABLE", says: /times in a row.*run the command/ },
    fault: { kind: "reset", of: "response", atByte: 0 },
  },
  {
    ...{ name: "an outage with status 503", writesOnly: false, code: "REGISTRY_UNAVAILABLE", says: /status 503/ },
    fault: serverError(503),
  },
];
