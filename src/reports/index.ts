import { formatJson } from "../base/json";
import { CONTROLS, OBSOLETE } from "../controls/catalogue";
import type { Control } from "../controls/control";
import { renderHtml } from "./html";
import { renderMarkdown } from "./markdown";
import type { ComplianceReport, Renderer } from "./model";
import { renderComponent } from "./oscal/component";
import { renderPlan } from "./oscal/parts";
import { renderResults } from "./oscal/results";
import { renderSarif } from "./sarif";
import { renderTable } from "./table";

/** The names of formats, as the command line takes them. */
export const FORMATS = [
  "table",
  "json",
  "markdown",
  "html",
  "sarif",
  "oscal",
  "oscal-plan",
  "oscal-component",
] as const;

export type ReportFormat = (typeof FORMATS)[number];

/** How a report is shown. `oscal` is assessment results; they name the plan of `oscal-plan`. */
export const RENDERERS: Readonly<Record<ReportFormat, Renderer>> = {
  table: renderTable,
  json: renderJson,
  markdown: renderMarkdown,
  html: renderHtml,
  sarif: renderSarif,
  oscal: renderResults,
  "oscal-plan": renderPlan,
  "oscal-component": renderComponent,
};

/** All of a control but its function, which JSON leaves out. */
const texts = (control: Control): object => ({ ...control });

/** The report with the texts of its controls, and the rules that are not evaluated any more. */
function renderJson(report: ComplianceReport): string {
  const catalogue = { controls: CONTROLS.map(texts), obsolete: OBSOLETE };
  return formatJson({ ...report, catalogue });
}
