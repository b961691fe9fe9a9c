import { formatJson } from "../../src/base/json";
import { marked, markdownTable, name } from "../../src/base/text/markdown";
import { escapeUnsafe } from "../../src/base/text/unsafe";
import { type Content, htmlBadge, htmlPage, htmlTable, markup, type Tone } from "../../src/base/text/html";
import type { QaCheck, QaFinding } from "./evidence";

/** What `npm run qa --format json` writes. */
export interface QaReport {
  qa: "dual-registry";
  version: 1;
  product: string;
  stage: string;
  /** ISO 8601 in UTC. */
  at: string;
  /** What was looked at, in words. */
  against: string;
  result: "ok" | "failed";
  checks: readonly QaCheck[];
  /** Filled in by who signs for QA. */
  signOff: { name: string; date: string };
}

export const REPORT_FORMATS = ["markdown", "html", "json"] as const;

const TONES: Readonly<Record<QaFinding["state"], Tone>> = { ok: "good", failed: "bad", "not looked at": "warn" };

const countOf = ({ checks }: QaReport): string =>
  (["ok", "failed", "not looked at"] as const)
    .map((state) => `${checks.filter((check) => check.state === state).length} ${state}`)
    .join(", ");

/** The report as it is printed. */
export function printedReport(report: QaReport, format: (typeof REPORT_FORMATS)[number]): string {
  if (format === "json") return formatJson(report);
  return format === "html" ? html(report) : markdown(report);
}

function markdown(report: QaReport): string {
  const { product, stage, at, against, checks, result } = report;
  const rows = checks.map(({ check, state, title }) => [check, state, title]);
  const evidence = checks.map((check) =>
    [`## ${check.check}: ${check.state}`, check.evidence.map((one) => marked`- ${name(one)}`.markdown).join("\n")].join(
      "\n\n",
    ),
  );
  return `${[
    marked`# QA of ${product} ${stage}: ${result}`.markdown,
    marked`${at}, ${against}: ${countOf(report)}.`.markdown,
    markdownTable(["Check", "Result", "What is checked"], rows),
    ...evidence,
    "## Signed for QA",
    "Name: ______________________________  Date: ____________________",
  ].join("\n\n")}\n`;
}

function html(report: QaReport): string {
  const { product, stage, at, against, checks, result } = report;
  const badge = (state: QaFinding["state"]): Content => htmlBadge(TONES[state], state);
  const evidence = (all: readonly string[]): Content =>
    markup`<ul>${all.map((one) => markup`<li><code>${escapeUnsafe(one)}</code></li>`)}</ul>`;
  const rows = checks.map((check) => [check.check, badge(check.state), [check.title, evidence(check.evidence)]]);
  return htmlPage({
    title: `QA of ${product} ${stage}: ${result}`,
    lead: `${at}, ${against}: ${countOf(report)}.`,
    body: markup`<section><h2>Checks</h2>${htmlTable(["Check", "Result", "What is checked, and what was seen"], rows)}</section>
<section><h2>Signed for QA</h2><p>Name: ______________________________</p><p>Date: ____________________</p></section>`,
  });
}
