import { defined } from "../base/defined";
import { CONTROLS } from "../controls/catalogue";
import {
  type Basis,
  type Compliance,
  type ControlOutcome,
  countVerdicts,
  type Finding,
  mandatoryUnknowns,
  type ReportedRegistry,
} from "../controls/control";
import { waiverStates, withWaiver } from "../controls/evaluate";
import { worst } from "../controls/judge";
import { type Rule, RULES } from "../domain/image/ruleSupport";
import { changesSince, type Former } from "./changes";
import { type ComplianceReport, REPORT_NAME, type ReportedStage, type RuleStatement, type StageSource } from "./model";

/** The control that shows whether a rule is in force; the others stand in the plan alone. */
const SHOWN_BY: Readonly<Partial<Record<Rule, string>>> = {
  "tag-immutability": "tag-regime",
  "untagged-retention": "untagged-retention-on",
  "inactivity-cleanup": "retention-rule",
  "pull-audit": "audit-logs",
  "scoped-tokens": "token-reads-only",
  "token-expiry": "token-expiry",
  "anonymous-pull-off": "anonymous-pull-off",
  "scan-gate": "scan-gate",
  "signature-gate": "signature-gate",
};

function statement(rule: Rule, registry: ReportedRegistry, compliance: Compliance): RuleStatement {
  const support = registry.rules[rule];
  const said = { rule, class: registry.class, support };
  // The control of untagged manifests looks at the registry's own policy: beside a sweep it shows nothing of the rule.
  const control = rule === "untagged-retention" && support.support !== "native" ? undefined : SHOWN_BY[rule];
  const findings = control === undefined ? [] : (compliance.controls[control]?.findings ?? []);
  const own = findings.find(({ scope }) => scope === registry.class) ?? findings.find(({ scope }) => scope === "stage");
  if (control === undefined || own === undefined) return { ...said, basis: "planned" };
  return { ...said, control, verdict: own.verdict, basis: own.basis };
}

function basesOf({ controls }: Compliance): Record<Basis, number> {
  const bases = { planned: 0, deployed: 0, proven: 0 };
  for (const { findings } of Object.values(controls)) for (const { basis } of findings) bases[basis] += 1;
  return bases;
}

function reported(source: StageSource, now: Date): ReportedStage {
  const compliance = asOf(source.compliance, now);
  const fails = ({ id }: { id: string }) => {
    const outcome = compliance.controls[id];
    return outcome?.verdict === "fail" && outcome.level === "mandatory";
  };
  const unknown = new Set(mandatoryUnknowns(compliance));
  return {
    ...source,
    compliance,
    counts: countVerdicts(compliance),
    bases: basesOf(compliance),
    mandatoryFailures: CONTROLS.filter(fails).map(({ id }) => id),
    mandatoryUnknowns: CONTROLS.filter(({ id }) => unknown.has(id)).map(({ id }) => id),
    rules: source.registries.flatMap((registry) => RULES.map((rule) => statement(rule, registry, compliance))),
  };
}

/**
 * Makes the report of stages as they were read. Pure: equal stages and day give an equal report.
 *
 * @param now the day that waivers are compared with
 * @param former what to say the changes since; its waivers are taken as they stood then
 */
export function makeReport(stages: readonly StageSource[], now: Date, former?: Former): ComplianceReport {
  const made = stages.map((stage) => reported(stage, now));
  return {
    report: REPORT_NAME,
    version: 1,
    asOf: now.toISOString().slice(0, 10),
    stages: made,
    ...(former === undefined ? {} : { changes: made.map((stage) => changesSince(former, stage)) }),
  };
}

/** True where a mandatory control fails or is not known in any stage: the command ends with 1. */
export function isRefused({ stages }: ComplianceReport): boolean {
  return stages.some((stage) => stage.mandatoryFailures.length + stage.mandatoryUnknowns.length > 0);
}

/** Of each stage what is not known of mandatory controls, though it stands, and what to do: a line a stage. */
export const unknownRefusals = ({ stages }: ComplianceReport): string[] =>
  stages.flatMap(({ stage, mandatoryUnknowns: ids }) => {
    if (ids.length === 0) return [];
    const what = `Stage ${stage}: what stands does not say whether these mandatory controls hold: ${ids.join(", ")}`;
    return [
      `${what}; unknown is no pass: refresh the stage (\`pulumi up --refresh\`), write its outputs, and ask again`,
    ];
  });

/** What the control said before any waiver was looked at; the finding itself where none was. */
function unwaived(finding: Finding): Finding {
  const { scope, basis, evidence, note } = finding;
  const verdict = finding.verdict === "waived" ? "fail" : finding.verdict;
  if (verdict === finding.verdict && finding.waiver === undefined) return finding;
  return { scope, verdict, basis, evidence, ...defined({ note }) };
}

/**
 * An evaluation as it stands on a day: a waiver that has expired since waives no more, and what a file says in sum is
 * summed again, so that no file can pass by its sum alone. A control without a finding is unknown.
 */
export function asOf(compliance: Compliance, now: Date): Compliance {
  const { waivers } = compliance;
  const outcomes = Object.entries(compliance.controls).map(([id, { level, findings }]): [string, ControlOutcome] => {
    const judged = findings.map((finding) => withWaiver(unwaived(finding), id, waivers, now));
    const verdict = judged.length === 0 ? "unknown" : worst(judged.map((finding) => finding.verdict));
    return [id, { verdict, level, findings: judged }];
  });
  const states = waiverStates(
    waivers,
    outcomes.map(([, outcome]) => outcome),
    now,
  );
  return { version: 1, controls: Object.fromEntries(outcomes), waivers: states };
}
