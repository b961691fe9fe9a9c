import { CONTROLS } from "../controls/catalogue";
import type { Control, ControlOutcome, Counts, Evidence, Finding, Severity, Verdict } from "../controls/control";
import { BASES } from "../controls/facts";
import type { Support } from "../domain/image/ruleSupport";
import type { ComplianceReport, ReportedStage } from "./model";

/** From what must be looked at down to what need not. */
export const BY_URGENCY: readonly Verdict[] = ["fail", "unknown", "waived", "pass", "not applicable"];

/** From the worst down. */
export const BY_SEVERITY: readonly Severity[] = ["critical", "high", "medium", "low"];

/** A value as one text; a list with commas, `none` where it is empty. */
export function shownValue(value: Evidence["value"]): string {
  return typeof value === "object" ? value.join(", ") || "none" : String(value);
}

/** How a rule is kept, in words. */
export function shownSupport(support: Support): string {
  switch (support.support) {
    case "native":
      return support.limits === undefined ? "native" : `native: ${support.limits}`;
    case "expected":
      if (support.missing !== undefined) return `missing, ${support.missing}; expected: ${support.setting}`;
      return `expected of a setting that was not read: ${support.setting}`;
    case "emulated":
      return `emulated by ${support.by}`;
    case "impossible":
      return `impossible: ${support.because}`;
  }
}

/** `30 pass, 2 fail`, without what there is none of. */
export function shownCounts(counts: Counts): string {
  const parts = BY_URGENCY.filter((verdict) => counts[verdict] > 0).map((verdict) => `${counts[verdict]} ${verdict}`);
  return parts.join(", ") || "no control";
}

/** What the findings rest on, all three said even where there is none. */
export function shownBases({ bases }: Pick<ReportedStage, "bases">): string {
  return BASES.map((basis) => `${bases[basis]} ${basis}`).join(", ");
}

/** `2 mandatory controls fail, 1 is unknown`. */
export function shownFailures({
  mandatoryFailures: { length: failures },
  mandatoryUnknowns: { length: unknowns },
}: Pick<ReportedStage, "mandatoryFailures" | "mandatoryUnknowns">): string {
  const failing = failures === 1 ? "1 mandatory control fails" : `${failures} mandatory controls fail`;
  const unknown = unknowns === 0 ? "" : `, ${unknowns} ${unknowns === 1 ? "is" : "are"} unknown`;
  return `${failures === 0 ? "no mandatory control fails" : failing}${unknown}`;
}

/** A stage in few words: its product, its name and where it was read. */
export function stageTitle({ product, stage }: Pick<ReportedStage, "product" | "stage">): string {
  return `${product} ${stage}`;
}

/** What a stage's part rests on as a whole. */
export function shownSource({ source }: Pick<ReportedStage, "source">): string {
  return source === "preview" ? "read from an offline preview" : "read from the outputs of the deployed stack";
}

/** The title of a report. */
export function reportTitle({ stages }: ComplianceReport): string {
  const products = [...new Set(stages.map(({ product }) => product))];
  const shown =
    products.length > 3 ? `${products.slice(0, 3).join(", ")} and ${products.length - 3} more` : products.join(", ");
  return `Compliance of the registries of ${shown}`;
}

/** The stage's controls in the catalogue's order, each with what it says. */
export function outcomesOf({ compliance }: Pick<ReportedStage, "compliance">): [Control, ControlOutcome][] {
  return CONTROLS.flatMap((control): [Control, ControlOutcome][] => {
    const outcome = compliance.controls[control.id];
    return outcome === undefined ? [] : [[control, outcome]];
  });
}

/** The same with what must be looked at first: by verdict, then what stops a run, then by severity. */
export function byUrgency(stage: Pick<ReportedStage, "compliance">): [Control, ControlOutcome][] {
  const rank = ([{ severity }, { verdict, level }]: [Control, ControlOutcome]): number =>
    (BY_URGENCY.indexOf(verdict) * 2 + (level === "mandatory" ? 0 : 1)) * BY_SEVERITY.length +
    BY_SEVERITY.indexOf(severity);
  return outcomesOf(stage).sort((a, b) => rank(a) - rank(b));
}

/** What the findings of a control rest on: `planned`, or `planned, deployed`. */
export function basesOf(findings: readonly Finding[]): string {
  return BASES.filter((basis) => findings.some((finding) => finding.basis === basis)).join(", ");
}

/**
 * Text from outside that a spreadsheet would calculate when it is pasted there begins with an apostrophe, as
 * spreadsheets show text.
 */
export function unformula(text: string): string {
  return /^[\s\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
}
