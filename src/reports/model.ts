import type { Basis, Counts, Scope, StageCompliance, Verdict } from "../controls/control";
import type { ImageClass } from "../domain/image/imageClass";
import type { Rule, Support } from "../domain/image/ruleSupport";

/** Says in a JSON report what it is, so that no other file is taken for one. */
export const REPORT_NAME = "dual-registry compliance";

/** Where a stage's part of a report was read: an offline preview, or what the deployed stack said of itself. */
type Source = "preview" | "outputs";

/** One stage as it was read, before anything is counted. */
export interface StageSource extends StageCompliance {
  source: Source;
}

/** How a registry keeps a rule, what shows it, and what that rests on. */
export interface RuleStatement {
  rule: Rule;
  class: ImageClass;
  support: Support;
  /** The control that shows whether the rule is in force there; absent where no control looks at it. */
  control?: string;
  /** What that control says of the registry. */
  verdict?: Verdict;
  basis: Basis;
}

/** One stage of a report, with what readers look for first. */
export interface ReportedStage extends StageSource {
  counts: Counts;
  /** Findings, by what they rest on. */
  bases: Readonly<Record<Basis, number>>;
  /** Ids of mandatory controls that fail, in the catalogue's order. */
  mandatoryFailures: readonly string[];
  /** Ids of mandatory controls of which something that stands is not known, in the catalogue's order. */
  mandatoryUnknowns: readonly string[];
  rules: readonly RuleStatement[];
}

/** Something that is not as it was. */
export interface Change {
  /** What it is about: a control's id, `waiver <control>`, or `rule <rule>`. */
  subject: string;
  scope: Scope;
  /** What of it changed, such as `verdict`, `level`, `basis`, or a property. */
  what: string;
  /** Absent where there was nothing. */
  before?: string;
  /** Absent where there is nothing any more. */
  after?: string;
  /** For an auditor; `other` where it is neither. */
  direction: "worse" | "better" | "other";
}

/** What changed in a stage since a former report. */
export interface ChangesOfStage {
  product: string;
  stage: string;
  /** The day of the former report; absent where it was an outputs file, which has none. */
  since?: string;
  /** `compared`, or why there is nothing to compare with. */
  state: "compared" | "not in the former report";
  changes: readonly Change[];
}

/** What every format is rendered from: plain JSON, no clock but the day it is of, no secret. */
export interface ComplianceReport {
  report: typeof REPORT_NAME;
  version: 1;
  /** ISO day (UTC) that waivers are compared with. */
  asOf: string;
  stages: readonly ReportedStage[];
  /** Absent where nothing was compared. */
  changes?: readonly ChangesOfStage[];
}

/** What a renderer takes beside the report. */
export interface RenderSurroundings {
  /** The moment the report is made. Default of the command line: now, or SOURCE_DATE_EPOCH. */
  now: Date;
  /** Version of this program. */
  toolVersion: string;
  /** Path of the project's folder from where it is run, with `/`; empty for that folder itself. */
  folder: string;
}

export type Renderer = (report: ComplianceReport, around: RenderSurroundings) => string;
