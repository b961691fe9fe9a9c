import { code, details, type Markdown, marked, type MarkdownContent, markdownTable, name } from "../base/text/markdown";
import { OBSOLETE } from "../controls/catalogue";
import type { Control, ControlOutcome, Finding } from "../controls/control";
import { RULES } from "../domain/image/ruleSupport";
import type { ChangesOfStage, ComplianceReport, ReportedStage } from "./model";
import * as words from "./words";
import { unformula } from "./words";

const QUIET: readonly string[] = ["pass", "not applicable"];

const NOTHING = "–";

const loud = (verdict: string) => (verdict === "fail" ? marked`**fail**` : verdict);

function evidenceRows({ id }: Control, finding: Finding): MarkdownContent[][] {
  const { scope, verdict, basis, evidence, note } = finding;
  const lead = [loud(verdict), name(id), scope, basis];
  if (evidence.length === 0) return [[...lead, NOTHING, NOTHING, note === undefined ? NOTHING : md(note)]];
  return evidence.map(({ resource, property, value, expected }) => [
    ...lead,
    marked`${md(resource)}: ${md(property)}`,
    md(words.shownValue(value)),
    note === undefined ? md(expected) : marked`${md(expected)} (${md(note)})`,
  ]);
}

const EVIDENCE = ["Verdict", "Control", "Scope", "Rests on", "Property", "Value", "Expected"];

function evidence(
  outcomes: readonly [Control, ControlOutcome][],
  wanted: (verdict: string) => boolean,
): MarkdownContent[][] {
  return outcomes.flatMap(([control, { findings }]) =>
    findings.filter(({ verdict }) => wanted(verdict)).flatMap((finding) => evidenceRows(control, finding)),
  );
}

function attention(stage: ReportedStage): string {
  const rows = words
    .byUrgency(stage)
    .filter(([, { verdict }]) => verdict === "fail" || verdict === "unknown")
    .map(([control, { verdict, level }]) => {
      const title = marked`${name(control.id)} ${control.title}`;
      return [loud(verdict), level, control.severity, title, control.remediation];
    });
  if (rows.length === 0) return "Nothing fails, and nothing is unknown.";
  return markdownTable(["Verdict", "Level", "Severity", "Control", "What to do"], rows);
}

function rules({ rules: statements }: ReportedStage): string {
  const rows = RULES.flatMap((rule) => statements.filter((one) => one.rule === rule)).map((one) => [
    one.rule,
    one.class,
    md(words.shownSupport(one.support)),
    one.basis,
    one.control === undefined ? NOTHING : marked`${name(one.control)}: ${one.verdict ?? NOTHING}`,
  ]);
  return markdownTable(["Rule", "Registry", "Kept", "Rests on", "Shown by"], rows);
}

function waivers({ compliance }: ReportedStage): string {
  const rows = compliance.waivers.map(({ control, scope, state, expires, approver, reason }) => [
    state === "used" ? state : marked`**${state}**`,
    md(control),
    scope,
    expires,
    md(approver),
    md(reason),
  ]);
  return markdownTable(["State", "Control", "Scope", "Until", "Approver", "Reason"], rows);
}

function changed(changes: ChangesOfStage): string {
  const since = changes.since === undefined ? "the former outputs" : `the report of ${changes.since}`;
  if (changes.state !== "compared") return `Not in ${since}: there is nothing to compare with.`;
  if (changes.changes.length === 0) return `Nothing changed since ${since}.`;
  const rows = changes.changes.map(({ direction, subject, scope, what, before, after }) => [
    direction === "worse" ? marked`**worse**` : direction === "other" ? "" : direction,
    md(subject),
    scope,
    md(what),
    before === undefined ? NOTHING : md(before),
    after === undefined ? NOTHING : md(after),
  ]);
  const heads = ["", "What", "Scope", "Of it", "Before", "Now"];
  return `Changed since ${since}:\n\n${markdownTable(heads, rows)}`;
}

function stagePart(stage: ReportedStage, changes: ChangesOfStage | undefined): string[] {
  const outcomes = words.byUrgency(stage);
  const open = evidence(outcomes, (verdict) => !QUIET.includes(verdict));
  const quiet = evidence(outcomes, (verdict) => QUIET.includes(verdict));
  const used = stage.compliance.waivers.length;
  return [
    `### ${md(words.stageTitle(stage)).markdown}`,
    `${words.shownCounts(stage.counts)}; ${words.shownSource(stage)}: ${words.shownBases(stage)}.`,
    ...(changes === undefined ? [] : [changed(changes)]),
    attention(stage),
    ...(open.length === 0 ? [] : [details("Evidence of what does not pass", markdownTable(EVIDENCE, open))]),
    ...(quiet.length === 0 ? [] : [details("Evidence of what passes", markdownTable(EVIDENCE, quiet))]),
    details("How each registry keeps each rule", rules(stage)),
    ...(used === 0 ? [] : [details(`Waivers: ${used}`, waivers(stage))]),
  ];
}

function mandatoryCell({ mandatoryFailures, mandatoryUnknowns }: ReportedStage) {
  if (mandatoryUnknowns.length > 0) {
    return marked`**${mandatoryFailures.length}, and ${mandatoryUnknowns.length} unknown**`;
  }
  return mandatoryFailures.length === 0 ? "no" : marked`**${mandatoryFailures.length}**`;
}

function overview({ stages }: ComplianceReport): string {
  const rows = stages.map((stage) => [
    md(words.stageTitle(stage)),
    mandatoryCell(stage),
    ...words.BY_URGENCY.map((verdict) => stage.counts[verdict]),
  ]);
  return markdownTable(["Stage", "Mandatory failures", ...words.BY_URGENCY], rows);
}

/** Markdown for a comment under a pull request. Whatever a value holds, it stays text. */
export function renderMarkdown(report: ComplianceReport): string {
  const obsolete = OBSOLETE.map(({ corresponds, title, reason }) => [corresponds.id, title, reason]);
  const parts = [
    `## ${md(words.reportTitle(report)).markdown}`,
    `As of ${report.asOf}.`,
    overview(report),
    ...report.stages.flatMap((stage, at) => stagePart(stage, report.changes?.[at])),
    details("Obsolete rules, not evaluated", markdownTable(["Rule", "What it asks", "Why not"], obsolete)),
  ];
  return `${parts.join("\n\n")}\n`;
}

/**
 * Text from outside as code that nothing in it can end: no markup, mention, link, cell or formula comes of it.
 */
const md = (text: string): Markdown => code(unformula(text));
