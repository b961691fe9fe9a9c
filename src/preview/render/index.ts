import { defined } from "../../base/defined";
import { escapeUnsafeLines } from "../../base/text/unsafe";
import { renderHtml, renderHtmlChanges } from "./html";
import { renderOutputs } from "./outputs";
import { renderMarkdown, renderMarkdownChanges } from "./markdown";
import type { Recordings, Renderer, RenderOptions, Review } from "./render";
import { renderSummary, renderSummaryChanges } from "./summary";
import { renderTree, renderTreeChanges } from "./tree";

/** The ways to show recordings, by the name the command line takes. */
export const RENDERERS: Readonly<Record<"summary" | "tree" | "json" | "markdown" | "html" | "outputs", Renderer>> = {
  summary: { extension: "txt", render: renderSummary, changes: renderSummaryChanges },
  tree: { extension: "txt", render: renderTree, changes: renderTreeChanges },
  json: { extension: "json", render: renderJson, changes: renderJsonChanges },
  markdown: { extension: "md", render: renderMarkdown, changes: renderMarkdownChanges },
  outputs: { extension: "json", render: renderOutputs, changes: renderJsonChanges },
  html: { extension: "html", render: renderHtml, changes: renderHtmlChanges },
};

/** A name of {@link RENDERERS}. */
export type Format = keyof typeof RENDERERS;

/** The form of the JSON; a change that breaks readers raises it. */
const VERSION = 1;

/** Everything as JSON with sorted keys, equal bytes for equal recordings; a review stands beside the stages. */
function renderJson(recordings: Recordings, { review }: RenderOptions = {}): string {
  const stages = Object.fromEntries(recordings);
  return text({ version: VERSION, stages, ...defined({ review }) });
}

/** Only what changes, as JSON. */
function renderJsonChanges(_recordings: Recordings, review: Review): string {
  return text({ version: VERSION, review });
}

function text(value: unknown): string {
  return `${escapeUnsafeLines(JSON.stringify(value, (_key, item: unknown) => sortedKeys(item), 2))}\n`;
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
