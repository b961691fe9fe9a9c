import { terminalTable } from "../base/text/table";
import { escapeUnsafe } from "../base/text/unsafe";
import { OBSOLETE } from "../controls/catalogue";
import type { Control, ControlOutcome, Finding } from "../controls/control";
import { RULES } from "../domain/image/ruleSupport";
import type { Change, ChangesOfStage, ComplianceReport, ReportedStage } from "./model";
import * as words from "./words";

const NOTHING = "–";

const columns = (rows: readonly (readonly string[])[]): string[] =>
  terminalTable(rows.map((row) => row.map(words.unformula)));

const loud = (verdict: string) => (verdict === "fail" ? "FAIL" : verdict);

function found({ evidence, note, verdict }: Finding): string {
  const looks = evidence.map(({ resource, property, value, expected }) => {
    const shown = `${resource}: ${property} is ${words.shownValue(value)}`;
    return verdict === "pass" ? shown : `${shown}; expected: ${expected}`;
  });
  return [...looks, ...(note === undefined ? [] : [note])].join("; ") || NOTHING;
}

const QUIET: readonly string[] = ["pass", "not applicable"];

/** What was found where a control does not pass, and what to do. */
function detailLines([control, { verdict, findings }]: [Control, ControlOutcome]): string[] {
  const told = findings.filter((finding) => !QUIET.includes(finding.verdict));
  const lines = told.map((finding) => `${finding.scope}, ${finding.verdict}: ${found(finding)}`);
  const remedy = verdict === "fail" ? [`to do: ${control.remediation}`] : [];
  return [...lines, ...remedy].map((line) => `      ${escapeUnsafe(line)}`);
}

function controlLines(stage: ReportedStage): string[] {
  const outcomes = words.byUrgency(stage);
  const rows = outcomes.map(([{ id, severity, title }, { verdict, level, findings }]) => {
    return [loud(verdict), id, severity, level, words.basesOf(findings), title];
  });
  const [head = "", ...lines] = columns([
    ["Verdict", "Control", "Severity", "Level", "Rests on", "What it asks"],
    ...rows,
  ]);
  const body = outcomes.flatMap((outcome, at) => [`  ${lines[at] ?? ""}`, ...detailLines(outcome)]);
  return ["", "Controls", `  ${head}`, ...body];
}

function ruleRows({ rules }: ReportedStage): string[][] {
  return RULES.flatMap((rule) =>
    rules
      .filter((one) => one.rule === rule)
      .map((one) => [
        rule,
        one.class,
        words.shownSupport(one.support),
        one.basis,
        one.control === undefined ? NOTHING : `${one.control}: ${one.verdict ?? NOTHING}`,
      ]),
  );
}

function waiverRows({ compliance }: ReportedStage): string[][] {
  return compliance.waivers.map(({ control, scope, state, expires, approver, reason }) => [
    state === "used" ? state : state.toUpperCase(),
    control,
    scope,
    `until ${expires}`,
    approver,
    reason,
  ]);
}

const titled = (title: string, rows: readonly (readonly string[])[], heads: readonly string[]): string[] =>
  rows.length === 0 ? [] : ["", title, ...columns([heads, ...rows]).map((line) => `  ${line}`)];

function changeRow({ subject, scope, what, before = "nothing", after = "nothing", direction }: Change): string[] {
  return [direction === "other" ? "" : direction, subject, scope, what, `${before} -> ${after}`];
}

function changeLines(changes: ChangesOfStage): string[] {
  const since = changes.since === undefined ? "the former outputs" : `the report of ${changes.since}`;
  if (changes.state !== "compared") return ["", `Not in ${since}: nothing to compare with`];
  if (changes.changes.length === 0) return ["", `Nothing changed since ${since}`];
  return titled(`Changed since ${since}`, changes.changes.map(changeRow), ["", "What", "Scope", "Of it", "From, to"]);
}

function stageLines(stage: ReportedStage, changes: ChangesOfStage | undefined): string[] {
  return [
    escapeUnsafe(`${words.stageTitle(stage)}: ${words.shownFailures(stage)}`),
    `${words.shownCounts(stage.counts)} (${words.shownSource(stage)}; ${words.shownBases(stage)})`,
    ...(changes === undefined ? [] : changeLines(changes)),
    ...controlLines(stage),
    ...titled("Rules of registries", ruleRows(stage), ["Rule", "Registry", "Kept", "Rests on", "Shown by"]),
    ...titled("Waivers", waiverRows(stage), ["State", "Control", "Scope", "Until", "Approver", "Reason"]),
  ];
}

/** The report as text for a terminal: no control characters, what must be looked at first. */
export function renderTable(report: ComplianceReport): string {
  const stages = report.stages.map((stage, at) => stageLines(stage, report.changes?.[at]).join("\n"));
  const obsolete = OBSOLETE.map(({ corresponds, reason }) => [corresponds.id, reason]);
  const rules = titled("Obsolete rules, not evaluated", obsolete, ["Rule", "Why"]).slice(1).join("\n");
  return `${[`${escapeUnsafe(words.reportTitle(report))}, as of ${report.asOf}`, ...stages, rules].join("\n\n")}\n`;
}
