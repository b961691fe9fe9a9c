import type { ComplianceFacts } from "../domain/facts";
import type { Finding, Level, Severity } from "./report";

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
