import { createHash } from "node:crypto";
import { formatJson } from "../base/json";
import { escapeUnsafe } from "../base/text/unsafe";
import { CONTROLS } from "../controls/catalogue";
import type { Control, ControlOutcome, Finding, Severity } from "../controls/control";
import { stageFileName } from "../project";
import type { ComplianceReport, RenderSurroundings, ReportedStage } from "./model";
import { shownValue } from "./words";

/** What code scanning sorts by: its bounds of critical, high, medium and low. */
const SCORES: Readonly<Record<Severity, string>> = { critical: "9.5", high: "8.0", medium: "5.5", low: "2.5" };

type Level = "error" | "warning" | "note";

function levelOf({ severity }: Control, level: ControlOutcome["level"]): Level {
  if (level === "mandatory") return "error";
  return severity === "critical" || severity === "high" ? "warning" : "note";
}

/** A message; in it brackets make links and braces are places for arguments: text from outside makes neither. */
export const sarifMessage = (text: string) => ({
  text: escapeUnsafe(text)
    .replace(/[\\[\]]/g, (mark) => `\\${mark}`)
    .replace(/[{}]/g, (mark) => mark + mark),
});

function ruleOf(control: Control): object {
  const { id, title, why, severity, level, rows, corresponds, mappings, remediation } = control;
  return {
    id,
    name: id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: remediation, markdown: remediation },
    defaultConfiguration: { level: levelOf(control, level) },
    properties: {
      "security-severity": SCORES[severity],
      tags: [...new Set(["security", ...rows, ...mappings.map(({ framework, id: of }) => `${framework} ${of}`)])],
      corresponds: corresponds.map(({ source, id: elsewhere, name }) => `${source} ${name ?? elsewhere}`),
    },
  };
}

function textOf({ title }: Control, { scope, evidence, note, basis }: Finding): string {
  const looks = evidence.map(({ resource, property, value, expected }) => {
    return `${resource}: ${property} is ${shownValue(value)}; expected: ${expected}`;
  });
  const told = [...looks, ...(note === undefined ? [] : [note])].join(". ");
  return `${title} (${scope}, ${basis})${told === "" ? "" : `: ${told}`}`;
}

type Fingerprint = (id: string, finding: Finding) => string;

/**
 * What a finding of a stage is known by from one report to the next, whatever its value, and whichever others come or go;
 * those that say the same of the same are counted.
 */
function fingerprintsOf({ product, stage }: ReportedStage): Fingerprint {
  const alike = new Map<string, number>();
  return (id, { scope, evidence }) => {
    const about = evidence.flatMap(({ resource, property }) => [resource, property]);
    const what = JSON.stringify([product, stage, id, scope, ...about]);
    const before = alike.get(what) ?? 0;
    alike.set(what, before + 1);
    return createHash("sha256").update(`${what} ${before}`).digest("hex");
  };
}

/** A suppression without a status is accepted; published schemas disagree on whether it is `status` or `state`. */
function resultOf(
  stage: ReportedStage,
  control: Control,
  outcome: ControlOutcome,
  finding: Finding,
  fingerprint: Fingerprint,
) {
  const waiver = finding.waiver === undefined ? undefined : stage.compliance.waivers[finding.waiver];
  const justification =
    waiver && escapeUnsafe(`${waiver.reason} (approved by ${waiver.approver}, until ${waiver.expires})`);
  const fails = finding.verdict !== "unknown";
  return {
    ruleId: control.id,
    ruleIndex: CONTROLS.indexOf(control),
    kind: fails ? "fail" : "open",
    level: fails ? levelOf(control, outcome.level) : "none",
    message: sarifMessage(textOf(control, finding)),
    partialFingerprints: { "dualregFinding/v1": fingerprint(control.id, finding) },
    ...(finding.verdict === "waived" ? { suppressions: [{ kind: "external", justification }] } : {}),
    properties: { scope: finding.scope, basis: finding.basis, verdict: finding.verdict },
  };
}

/** The stage's run. What passes or is not applicable is no result: alerts are made of results. */
function runOf(stage: ReportedStage, rules: readonly object[], { toolVersion, folder }: RenderSurroundings): object {
  const uri = [folder, stageFileName(stage.stage)].filter((part) => part !== "").join("/");
  const locations = [
    {
      physicalLocation: { artifactLocation: { uri: encodeURI(uri), uriBaseId: "%SRCROOT%" }, region: { startLine: 1 } },
    },
  ];
  const fingerprint = fingerprintsOf(stage);
  const results = CONTROLS.flatMap((control) => {
    const outcome = stage.compliance.controls[control.id];
    return (outcome?.findings ?? []).flatMap((finding) => {
      if (outcome === undefined || finding.verdict === "pass" || finding.verdict === "not applicable") return [];
      return [{ ...resultOf(stage, control, outcome, finding, fingerprint), locations }];
    });
  });
  return {
    tool: { driver: { name: "dualreg", version: toolVersion, semanticVersion: toolVersion, rules } },
    automationDetails: { id: `dualreg-compliance/${escapeUnsafe(stage.product)}/${stage.stage}/` },
    columnKind: "utf16CodeUnits",
    results,
    properties: { source: stage.source, counts: stage.counts },
  };
}

/** SARIF 2.1.0 for code scanning, a run for each stage; a waiver is an accepted suppression, unknown is open. */
export function renderSarif(report: ComplianceReport, around: RenderSurroundings): string {
  const rules = CONTROLS.map(ruleOf);
  return sarifLog(report.stages.map((stage) => runOf(stage, rules, around)));
}

/** A log of runs, as JSON. */
export const sarifLog = (runs: readonly object[]): string =>
  formatJson({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs });
