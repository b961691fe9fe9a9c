import { defined } from "../../base/defined";
import { redactSecrets } from "../../base/text/redact";
import type { PullEvent, PullSource } from "../line";
import { referenceOf } from "../judgePull";

/** Reads one source, line by line, in bounded memory. */
export interface PullParser {
  /** @returns the pulls that this line completes; `undefined` for a line that is unreadable */
  feed: (line: string) => readonly PullEvent[] | undefined;
  /** A line was too long to be read: what it said of the pulls that are open is not known. */
  skipped?: () => void;
  /** What is still open when the source ends. */
  end: () => readonly PullEvent[];
}

/** Pulls that a parser holds open at a time; the oldest gives way. */
export const MOST_OPEN = 1000;

/** What a parser knows of a pull. */
export interface SeenPull {
  time: string;
  source: PullSource;
  reference: string;
  outcome: PullEvent["outcome"];
  /** The host of the request itself; absent where no line of it was seen. */
  answered?: string | undefined;
  digest?: string | undefined;
  evidence: string;
  node?: string | undefined;
  namespace?: string | undefined;
  pod?: string | undefined;
  traceId?: string | undefined;
}

/**
 * The event of what was seen. Without a line of the request the reference's own host stands in, and `hostBasis` says so.
 */
export function eventOf({ answered, digest, reference, evidence, outcome, time, source, ...who }: SeenPull): PullEvent {
  const { host, digest: named } = referenceOf(reference) ?? { host: "docker.io" };
  const known = digest !== undefined && /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(digest) ? digest : named;
  return {
    ...{ time, source, reference: reference.slice(0, 1000), outcome },
    host: (answered ?? host).slice(0, 1000).toLowerCase(),
    hostBasis: answered === undefined ? "reference" : "request",
    evidence: redactSecrets(evidence).slice(0, 1000),
    ...(defined({ ...short(who), digest: known }) as Pick<PullEvent, "digest" | "node">),
  };
}

function short(who: Pick<SeenPull, "node" | "namespace" | "pod" | "traceId">): Partial<typeof who> {
  const trace = who.traceId?.toLowerCase() ?? "";
  return {
    ...{ node: who.node?.slice(0, 1000), namespace: who.namespace?.slice(0, 1000), pod: who.pod?.slice(0, 1000) },
    traceId: /^(?!0{32})[0-9a-f]{32}$/.test(trace) ? trace : undefined,
  };
}

/** A registry's words for a refusal, as runtimes repeat them; a node's own "permission denied" is none. */
const REFUSED =
  /\b(?:401 unauthorized|403 forbidden|status:? 40[13]|insufficient_scope|authorization failed|no basic auth credentials)\b|\bunauthorized\b|pull access denied|\brequested access to the resource is denied|\bdenied: /i;

/** What an error of a runtime says of a pull: refused by the registry, or failed in another way. */
export const outcomeOf = (error: string): "denied" | "failed" => (REFUSED.test(error) ? "denied" : "failed");

/** A key ends at its equals sign alone: logrus quotes no key, and a name of a header may hold nearly anything. */
const FIELD = /(?<=^|\s)([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)/g;

/** The fields of a line as logrus writes it; empty for another one. */
export function logfmtFields(line: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [, name = "", value = ""] of line.matchAll(FIELD)) fields.set(name, unquoted(value));
  return fields;
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    const text: unknown = JSON.parse(value);
    return typeof text === "string" ? text : value;
  } catch {
    // Go escapes some characters as JSON does not: \x1b, \a.
    return value.slice(1, -1).replaceAll(/\\(["\\])/g, "$1");
  }
}
