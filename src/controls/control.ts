import type { ImageClass } from "../domain/image/imageClass";
import type { RegistryKind, RegistryMode } from "../domain/image/registryKind";
import type { Rule, Support } from "../domain/image/ruleSupport";
import type { Stage, StagePlace } from "../domain/stage";
import type { Basis, ComplianceFacts } from "./facts";
import type { Level, Scope, Waiver } from "../domain/plan/compliance";

/** Where else a rule of the same meaning stands. */
export interface Correspondence {
  source: "PSRule" | "checkov" | "Azure Policy";
  /** The id there: `Azure.ACR.AdminUser`, `CKV_AZURE_137`, a definition's GUID. */
  id: string;
  /** The rule's name there, where it has one beside the id. */
  name?: string;
}

/** A control of a public framework that a source's own metadata puts a rule under. */
export interface FrameworkMapping {
  framework: "MCSB v1" | "MCSB v2" | "NIST SSDF 1.1";
  id: string;
  /** The document that says so. */
  statedBy: string;
}

/** One thing an auditor asks: defined once, and evaluated over the plan, over outputs and in the policy pack. */
export interface Control {
  /** Never renamed: waivers, policy configuration and reports name it. */
  id: string;
  title: string;
  /** What goes wrong without it. */
  why: string;
  severity: Severity;
  /** Default level; a stage file or the policy pack's configuration may set another. */
  level: Level;
  /** Whether it is mandatory in the last stage, whatever a stage file says. */
  mandatoryInLast?: true;
  /** Rows of the requirements, such as S0-4. */
  rows: readonly string[];
  corresponds: readonly Correspondence[];
  mappings: readonly FrameworkMapping[];
  remediation: string;
  /** Pure: a finding for each thing it looks at; at least one, `not applicable` where there is nothing to look at. */
  evaluate(facts: ComplianceFacts): readonly Finding[];
}

/** A rule of elsewhere that is not evaluated, and why. */
export interface ObsoleteRule {
  corresponds: Correspondence;
  title: string;
  reason: string;
  /** What takes its place here: a control's id, or a sentence. */
  instead: string;
}

/** A rule of PSRule for Azure, by its name without `Azure.ACR.`. */
export const psRule = (name: string): Correspondence => ({ source: "PSRule", id: `Azure.ACR.${name}` });

export const checkov = (id: string): Correspondence => ({ source: "checkov", id });

/** A built-in definition of Azure Policy, by its id and the name of its file. */
export const azurePolicy = (name: string, id: string): Correspondence => ({ source: "Azure Policy", id, name });

const PSRULE_LABEL = "the rule's label Azure.MCSB.v1/control in PSRule for Azure";
const MCSB_V1_SET = "Azure Policy's initiative Microsoft cloud security benchmark";
const MCSB_V2_SET = "Azure Policy's initiative Microsoft cloud security benchmark v2 (preview)";

/** Controls of the Microsoft cloud security benchmark that PSRule's own labels name. */
export const labelled = (...ids: string[]): FrameworkMapping[] =>
  ids.map((id) => ({ framework: "MCSB v1", id, statedBy: PSRULE_LABEL }));

/** Groups that the benchmark's initiative of version 1 puts the definition into. */
export const inBenchmark = (...ids: string[]): FrameworkMapping[] =>
  ids.map((id) => ({ framework: "MCSB v1", id, statedBy: MCSB_V1_SET }));

/** Groups that the benchmark's initiative of version 2 puts the definition into. */
export const inBenchmark2 = (...ids: string[]): FrameworkMapping[] =>
  ids.map((id) => ({ framework: "MCSB v2", id, statedBy: MCSB_V2_SET }));

/** Tasks of the Secure Software Development Framework, where the task's own text is about what the control asks. */
export const ssdf = (...ids: string[]): FrameworkMapping[] =>
  ids.map((id) => ({ framework: "NIST SSDF 1.1", id, statedBy: "NIST SP 800-218, text of the task" }));

export type { Scope, Waiver } from "../domain/plan/compliance";
export type { Basis } from "./facts";

/**
 * What a control says. `unknown`: a fact it needs is not known yet, which is never a pass. `waived`: it failed, and a
 * waiver that has not expired accepts that.
 */
export const VERDICTS = ["pass", "fail", "waived", "not applicable", "unknown"] as const;

export type Verdict = (typeof VERDICTS)[number];

/** How much a failure matters; the catalogue says it of each control. */
export type Severity = "low" | "medium" | "high" | "critical";

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

/** The level of a control in a stage: as configured, or its default; what the last stage must have is always mandatory. */
export function levelOf(
  { id, level, mandatoryInLast }: Pick<Control, "id" | "level" | "mandatoryInLast">,
  place: StagePlace | "unknown",
  levels: Readonly<Record<string, Level>>,
): Level {
  if (mandatoryInLast === true && place === "last") return "mandatory";
  return Object.hasOwn(levels, id) ? (levels[id] ?? level) : level;
}

/**
 * Ids of the mandatory controls of which something that stands is not known: it could be read, and does not say it. What
 * is only planned may be unknown, since the cloud has not answered yet.
 */
export function mandatoryUnknowns({ controls }: Compliance): string[] {
  return Object.entries(controls)
    .filter(([, { level, findings }]) => {
      const unknown = findings.some(({ verdict, basis }) => verdict === "unknown" && basis !== "planned");
      return level === "mandatory" && unknown;
    })
    .map(([id]) => id);
}

/** Ids of the mandatory controls that failed: not empty means stop, and exit 1. */
export function mandatoryFailures({ controls }: Compliance): string[] {
  return Object.entries(controls)
    .filter(([, { level, verdict }]) => level === "mandatory" && verdict === "fail")
    .map(([id]) => id);
}
