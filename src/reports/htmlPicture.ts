import { escapeHtml } from "../base/text/html";
import type { Severity, Verdict } from "../controls/control";
import type { ReportedStage } from "./model";
import { BY_SEVERITY, BY_URGENCY, outcomesOf, stageTitle } from "./words";

const BAR = { left: 92, width: 508, height: 26, gap: 12 };

type Tally = Record<Verdict, number>;

function tallies(stage: ReportedStage): Map<Severity, Tally> {
  const none = (): Tally => ({ pass: 0, fail: 0, waived: 0, "not applicable": 0, unknown: 0 });
  const all = new Map(BY_SEVERITY.map((severity) => [severity, none()] as const));
  for (const [{ severity }, { verdict }] of outcomesOf(stage)) {
    const tally = all.get(severity);
    if (tally) tally[verdict] += 1;
  }
  return all;
}

const totalOf = (tally: Tally): number => BY_URGENCY.reduce((sum, verdict) => sum + tally[verdict], 0);

const wordsOf = (severity: Severity, tally: Tally): string => {
  const parts = BY_URGENCY.filter((verdict) => tally[verdict] > 0).map((verdict) => `${tally[verdict]} ${verdict}`);
  return `${severity}: ${parts.join(", ") || "none"}`;
};

function barSvg(severity: Severity, tally: Tally, y: number, scale: number): string {
  let x = BAR.left;
  const segments = BY_URGENCY.filter((verdict) => tally[verdict] > 0).map((verdict) => {
    const width = tally[verdict] * scale;
    const at = x;
    x += width;
    return `<rect x="${round(at)}" y="${y}" width="${round(width)}" height="${BAR.height}" class="s-${verdict.replace(" ", "-")}"/>
<text x="${round(at + width / 2)}" y="${y + 19}" text-anchor="middle">${tally[verdict]}</text>`;
  });
  return `<text x="${BAR.left - 10}" y="${y + 19}" text-anchor="end" class="side">${severity}</text>\n${segments.join("\n")}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The stage's controls as bars, one for each severity, parted by verdict; and what the colours mean. */
export function pictureOf(stage: ReportedStage): string {
  const rows = [...tallies(stage)];
  const most = Math.max(1, ...rows.map(([, tally]) => totalOf(tally)));
  const step = BAR.height + BAR.gap;
  const height = rows.length * step - BAR.gap;
  const bars = rows.map(([severity, tally], at) => barSvg(severity, tally, at * step, BAR.width / most));
  const label = `${stageTitle(stage)}, controls by severity. ${rows.map(([severity, tally]) => wordsOf(severity, tally)).join("; ")}`;
  const legend = BY_URGENCY.map(
    (verdict) => `<li><span class="key v-${verdict.replace(" ", "-")}"></span>${verdict}</li>`,
  );
  return `<figure>
<svg viewBox="0 0 ${BAR.left + BAR.width + 4} ${height}" role="img" aria-label="${escapeHtml(label)}">
${bars.join("\n")}
</svg>
<ul class="legend">${legend.join("")}</ul>
</figure>`;
}

/** The page's only style: light or dark as the reader chose, one column on a phone, dark on white on paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #566072; --page: #f4f5f8; --card: #fff; --line: #d8dce5; --link: #1d56b0;
  --fail: #fbd5d1; --fail-ink: #8f1710; --unknown: #fde8bd; --unknown-ink: #6d4300; --waived: #dfe0fb; --waived-ink: #3a3796;
  --pass: #cfeedb; --pass-ink: #10582f; --none: #e4e7ed; --none-ink: #454e5e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf2; --soft: #a6b0c2; --page: #11141b; --card: #191e28; --line: #333b4a; --link: #8fbaff;
  --fail: #5c1b17; --fail-ink: #ffd9d5; --unknown: #553a08; --unknown-ink: #ffe5b3; --waived: #2f2e6b; --waived-ink: #dedfff;
  --pass: #14472a; --pass-ink: #cdf5dc; --none: #333b49; --none-ink: #dbe0ea; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
header, main { max-width: 1000px; margin: 0 auto; padding: 0 20px; } header { padding-top: 28px; padding-bottom: 12px; } main { padding-bottom: 64px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; } h2 { font-size: 21px; margin: 0 0 6px; } h3 { font-size: 17px; margin: 26px 0 8px; } h4 { font-size: 15px; margin: 0; }
p { margin: 0 0 8px; } a { color: var(--link); } .soft { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 22px; margin: 0 0 20px; }
.verdict { display: inline-block; border-radius: 8px; padding: 6px 12px; margin: 8px 0 20px; font-weight: 600; }
.verdict.good { background: var(--pass); color: var(--pass-ink); } .verdict.bad { background: var(--fail); color: var(--fail-ink); }
code { font: 13px/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
ul { list-style: none; margin: 0; padding: 0; }
.badge { display: inline-block; border-radius: 6px; padding: 0 8px; font-size: 13px; font-weight: 600; line-height: 22px; }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 6px; padding: 0 7px; font-size: 12.5px; line-height: 20px; color: var(--soft); }
.v-fail { background: var(--fail); color: var(--fail-ink); } .v-unknown { background: var(--unknown); color: var(--unknown-ink); }
.v-waived { background: var(--waived); color: var(--waived-ink); } .v-pass { background: var(--pass); color: var(--pass-ink); }
.v-not-applicable { background: var(--none); color: var(--none-ink); }
.s-fail { fill: var(--fail); } .s-unknown { fill: var(--unknown); } .s-waived { fill: var(--waived); } .s-pass { fill: var(--pass); } .s-not-applicable { fill: var(--none); }
figure { margin: 18px 0 6px; } svg { display: block; width: 100%; height: auto; max-width: 760px; }
svg text { fill: var(--ink); font: 600 13px system-ui, "Segoe UI", Roboto, sans-serif; } svg rect { stroke: var(--card); stroke-width: 1.5; } svg .side { fill: var(--soft); font-weight: 400; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin-top: 10px; font-size: 13px; color: var(--soft); } .legend li { display: flex; align-items: center; gap: 6px; }
.key { width: 14px; height: 14px; border-radius: 4px; border: 1px solid var(--line); }
.stages li { padding: 8px 0; border-top: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; } .stages li:first-child { border-top: 0; }
.controls > li { border-top: 1px solid var(--line); padding: 12px 0; break-inside: avoid; }
.head { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: baseline; margin-bottom: 4px; } .head code { color: var(--soft); }
.findings > li { margin: 6px 0 0; padding-left: 12px; border-left: 3px solid var(--line); } .findings p { margin: 0 0 2px; }
.evidence .soft { margin-left: 4px; } .todo { margin: 6px 0 0; }
.plain > li { border-top: 1px solid var(--line); padding: 8px 0; break-inside: avoid; } .plain > li:first-child { border-top: 0; } .plain p { margin: 2px 0 0; }
.worse { color: var(--fail-ink); background: var(--fail); } .better { color: var(--pass-ink); background: var(--pass); } .other { color: var(--none-ink); background: var(--none); }
table { border-collapse: collapse; width: 100%; table-layout: fixed; } th, td { text-align: left; vertical-align: top; padding: 8px 12px 8px 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-size: 13px; } tbody th { font-weight: 600; width: 24%; } td p { margin: 2px 0 0; font-size: 13px; }
thead th:first-child { width: 24%; } details > summary { cursor: pointer; font-weight: 600; padding: 6px 0; }
.impossible { font-weight: 600; color: var(--fail-ink); background: var(--fail); border-radius: 6px; padding: 0 6px; }
footer { max-width: 1000px; margin: 0 auto; padding: 0 20px 40px; color: var(--soft); font-size: 13px; }
@media (max-width: 600px) { header, main { padding-left: 12px; padding-right: 12px; } section { padding: 16px 14px; } h1 { font-size: 22px; } td, th { padding-right: 8px; } td { font-size: 14px; } thead th:first-child, tbody th { width: 30%; font-size: 12.5px; } svg text { font-size: 20px; } }
@page { margin: 16mm 14mm; }
@media print { :root { color-scheme: light; --ink: #000; --soft: #3d4654; --page: #fff; --card: #fff; --line: #b9bfca; --link: #000;
  --fail: #fbd5d1; --fail-ink: #7d120c; --unknown: #fde8bd; --unknown-ink: #5c3900; --waived: #dfe0fb; --waived-ink: #2e2b84; --pass: #cfeedb; --pass-ink: #0c4725; --none: #e4e7ed; --none-ink: #363e4b; }
  body { font-size: 10.5pt; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  section { border: 0; border-radius: 0; padding: 0; margin: 0 0 12mm; } section.stage { break-before: page; } h2, h3, h4, thead { break-after: avoid; } tr, figure { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; } a { text-decoration: none; } }
`;
