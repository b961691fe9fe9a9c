import { defined } from "../../base/defined";
import { type Digest, isDigest } from "../../base/digest";
import { listOf } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { type HiddenFinding, MAX_HIDDEN, type ScanReport } from "../recordSchemas";

/** Refuses a report. */
export type Refuse = (why: string) => never;

/** Severities as the scanners write them, in lower case; a word that is none of these hides something. */
const SEVERITIES: Readonly<Record<string, keyof ScanReport["counts"]>> = {
  critical: "critical",
  high: "high",
  medium: "medium",
  low: "low",
  negligible: "low",
  unknown: "unknown",
  "": "unknown",
};

/** Counts vulnerabilities: each id once for each package it was found in. */
export class SeverityCount {
  private readonly seen = new Set<string>();
  readonly counts: Record<keyof ScanReport["counts"], number> = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };

  constructor(private readonly refuse: Refuse) {}

  add(severity: unknown, id: unknown, packageName: unknown): void {
    const word = severity === undefined || severity === null ? "" : severity;
    const name = typeof word === "string" ? word.toLowerCase() : undefined;
    const known = name !== undefined && Object.hasOwn(SEVERITIES, name) ? SEVERITIES[name] : undefined;
    if (known === undefined) {
      this.refuse(`severity ${typeof word === "string" ? quoted(word) : "of another type"} is not a known one`);
      return;
    }
    if (typeof id !== "string" || id === "") {
      this.refuse("a vulnerability has no id");
      return;
    }
    const key = `${known} ${id} ${typeof packageName === "string" ? packageName : ""}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.counts[known]++;
  }
}

/** The digests among texts such as `registry.example.com/orders/api@sha256:...`, each once; what is no digest is left out. */
export function digestsIn(texts: readonly unknown[]): Digest[] {
  const digests = texts.flatMap((text): Digest[] => {
    if (typeof text !== "string" || text.length > 1000) return [];
    const digest = text.slice(text.lastIndexOf("@") + 1);
    return isDigest(digest) ? [digest] : [];
  });
  return [...new Set(digests)];
}

/** The hidden findings of a report: `absent` where there are none, refused where nobody could read them all. */
export function hiddenOf(found: readonly HiddenFinding[], refuse: Refuse): Pick<ScanReport, "hidden"> {
  if (found.length > MAX_HIDDEN) return refuse(`hides ${found.length} findings; allowed: at most ${MAX_HIDDEN}`);
  return found.length === 0 ? {} : { hidden: found };
}

/** A hidden finding, whose texts come from outside. */
export function hiddenFinding(id: unknown, name: unknown, purl: unknown, refuse: Refuse): HiddenFinding {
  if (typeof id !== "string" || id === "" || id.length > 500) return refuse("a hidden finding has no id");
  const text = (value: unknown, most: number) =>
    typeof value === "string" && value !== "" ? value.slice(0, most) : undefined;
  return { vulnerability: id, ...defined({ package: text(name, 500), purl: text(purl, 2_000) }) };
}

/** A list that may be left out or null, as Go writes an empty one, and is nothing else. */
export function listOrNothing(value: unknown, name: string, refuse: Refuse): readonly unknown[] {
  if (value !== undefined && value !== null && !Array.isArray(value)) refuse(`${name} is not a list`);
  return listOf(value);
}
