import type { Renderer } from "./model";
import { renderHtml } from "./html/renderHtml";
import { renderJson } from "./renderJson";
import { renderMarkdown } from "./renderMarkdown";
import { renderComponent } from "./oscal/component";
import { renderPlan } from "./oscal/plan";
import { renderResults } from "./oscal/results";
import { renderSarif } from "./renderSarif";
import { renderTable } from "./renderTable";

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
