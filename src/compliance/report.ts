import type { Level, Scope, Waiver } from "../domain/complianceSettings";
import type { Basis } from "../domain/facts";
import type { ImageClass } from "../domain/imageClass";
import type { RegistryKind, RegistryMode } from "../domain/kind";
import type { Stage } from "../domain/stage";
import type { Rule, Support } from "../domain/support";

export type { Level, Scope, Waiver } from "../domain/complianceSettings";
export type { Basis } from "../domain/facts";

/**
 * What a control says. `unknown`: a fact it needs is not known yet, which is never a pass. `waived`: it failed, and a
 * waiver that has not expired accepts that.
 */
export const VERDICTS = ["pass", "fail", "waived", "not applicable", "unknown"] as const;

export type Verdict = (typeof VERDICTS)[number];

export const SEVERITIES = ["low", "medium", "high", "critical"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** What was looked at. Plain text and JSON values; never a secret. */
export interface Evidence {
  /** Name of the resource, such as a registry, a token, a GitHub environment; or `stage`. */
  resource: string;
  /** The property in the words of its owner, such as `policies.exportPolicy.status`. */
  property: string;
  /** What stands there; the text `unknown` where it is not known. A list is sorted. */
  value: string | number | boolean | readonly string[];
  /** What should stand there, in words. */
  expected: string;
}

/** What a control says of one thing: a registry, a token, an environment or the stage. */
export interface Finding {
  scope: Scope;
  verdict: Verdict;
  basis: Basis;
  /** Empty where the control is not applicable. */
  evidence: readonly Evidence[];
  /** One sentence, for `not applicable` why, for `unknown` what is waited for; absent where evidence says it all. */
  note?: string;
  /** Place of the waiver in `waivers` that holds for it (waived) or has expired (fail); absent without one. */
  waiver?: number;
}

/** What a control says of a stage. */
export interface ControlOutcome {
  /** The worst of its findings: fail, then unknown, waived, pass; not applicable where nothing else is. */
  verdict: Verdict;
  /** As configured for this stage, or the control's default. */
  level: Level;
  findings: readonly Finding[];
}

/**
 * `used`: it waives at least one finding. `expired`: its day has passed, so what it waived fails. `unused`: nothing
 * that it could waive fails.
 */
export interface WaiverState extends Waiver {
  state: "used" | "expired" | "unused";
}

/**
 * The evaluation of one stage: the stack output `compliance`, and what every report is made from. JSON-serialisable,
 * no clock in it, no secret in it. Texts of controls (title, why, remediation) stand in the catalogue, by id.
 */
export interface Compliance {
  version: 1;
  /**
   * By control id, in no order that can be relied on: reports go through `CONTROLS` of the catalogue. Obsolete rules are
   * not here, see `OBSOLETE` there.
   */
  controls: Readonly<Record<string, ControlOutcome>>;
  waivers: readonly WaiverState[];
}

/** A registry in a report, with how it keeps each tag, retention and audit rule. From the plan or the outputs. */
export interface ReportedRegistry {
  class: ImageClass;
  kind: RegistryKind;
  mode: RegistryMode;
  rules: Readonly<Record<Rule, Support>>;
}

/** Number of controls by verdict. */
export type Counts = Readonly<Record<Verdict, number>>;

/** A stage's evaluation with what a reader needs beside it. */
export interface StageCompliance {
  product: string;
  stage: Stage;
  registries: readonly ReportedRegistry[];
  compliance: Compliance;
}

/** How many controls have each verdict. */
export function countVerdicts({ controls }: Compliance): Counts {
  const counts = { pass: 0, fail: 0, waived: 0, "not applicable": 0, unknown: 0 };
  for (const { verdict } of Object.values(controls)) counts[verdict] += 1;
  return counts;
}

/** Ids of the mandatory controls that failed: not empty means stop, and exit 1. */
export function mandatoryFailures({ controls }: Compliance): string[] {
  return Object.entries(controls)
    .filter(([, { level, verdict }]) => level === "mandatory" && verdict === "fail")
    .map(([id]) => id);
}
