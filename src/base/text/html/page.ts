import { raw } from "hono/html";
import { createHash } from "node:crypto";
import { type Content, type Markup, markup } from "./markup";

/** The one style of all pages: light or dark as the reader chose, one column on a phone, dark on white on paper. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #566072; --page: #f4f5f8; --card: #fff; --line: #d8dce5; --link: #1d56b0;
  --bad: #fbd5d1; --bad-ink: #8f1710; --warn: #fde8bd; --warn-ink: #6d4300; --note: #dfe0fb; --note-ink: #3a3796;
  --good: #cfeedb; --good-ink: #10582f; --quiet: #e4e7ed; --quiet-ink: #454e5e;
  --secure: #0f766e; --secure-fill: #e3f4f1; --standard: #4657a8; --standard-fill: #eaedfa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf2; --soft: #a6b0c2; --page: #11141b; --card: #191e28; --line: #333b4a; --link: #8fbaff;
  --bad: #5c1b17; --bad-ink: #ffd9d5; --warn: #553a08; --warn-ink: #ffe5b3; --note: #2f2e6b; --note-ink: #dedfff;
  --good: #14472a; --good-ink: #cdf5dc; --quiet: #333b49; --quiet-ink: #dbe0ea;
  --secure: #5fd3c4; --secure-fill: #12302d; --standard: #a3b3ff; --standard-fill: #20274a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
header, main, footer { max-width: 1100px; margin: 0 auto; padding: 0 20px; } header { padding-top: 28px; padding-bottom: 12px; } main { padding-bottom: 64px; }
footer { padding-bottom: 40px; color: var(--soft); font-size: 13px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; } h2 { font-size: 21px; margin: 0 0 6px; } h3 { font-size: 17px; margin: 26px 0 8px; } h4 { font-size: 15px; margin: 0; }
p { margin: 0 0 8px; } a { color: var(--link); } .soft, em { color: var(--soft); } ul { list-style: none; margin: 0; padding: 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 22px; margin: 0 0 20px; }
code { font: 13px/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; } .value { white-space: pre-wrap; overflow-wrap: anywhere; }
.secret { color: var(--warn-ink); } .unknown { color: var(--soft); font-style: italic; }
.bad { background: var(--bad); color: var(--bad-ink); } .warn { background: var(--warn); color: var(--warn-ink); } .note { background: var(--note); color: var(--note-ink); }
.good { background: var(--good); color: var(--good-ink); } .quiet { background: var(--quiet); color: var(--quiet-ink); }
.badge { display: inline-block; border-radius: 6px; padding: 0 8px; font-size: 13px; font-weight: 600; line-height: 22px; }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 6px; padding: 0 7px; font-size: 12.5px; line-height: 20px; color: var(--soft); }
.verdict { display: inline-block; border-radius: 8px; padding: 6px 12px; margin: 8px 0 20px; font-weight: 600; }
.notices { margin: 8px 0 14px; } .notices > li { margin-bottom: 8px; } .notice { border-radius: 8px; padding: 8px 12px; }
.stages li { padding: 8px 0; border-top: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; } .stages li:first-child { border-top: 0; }
.controls > li { border-top: 1px solid var(--line); padding: 12px 0; break-inside: avoid; }
.head { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: baseline; margin-bottom: 4px; } .head code { color: var(--soft); }
.findings > li { margin: 6px 0 0; padding-left: 12px; border-left: 3px solid var(--line); } .findings p { margin: 0 0 2px; }
.evidence .soft { margin-left: 4px; } .todo { margin: 6px 0 0; }
.plain > li { border-top: 1px solid var(--line); padding: 8px 0; break-inside: avoid; } .plain > li:first-child { border-top: 0; } .plain p { margin: 2px 0 0; }
.change { border-top: 1px solid var(--line); padding: 12px 0; } .change h3 { font-size: 15px; margin: 0 0 6px; }
.tree ul { margin-left: 8px; padding-left: 18px; border-left: 1px solid var(--line); } .leaf { margin: 0; padding: 4px 0 4px 16px; }
details > summary { cursor: pointer; padding: 4px 0; } section > details > summary { font-weight: 600; padding: 6px 0; } summary .soft { font-weight: 400; margin-left: 6px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: 8px 12px 8px 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-size: 13px; overflow-wrap: normal; } td p { margin: 2px 0 0; font-size: 13px; }
.facts { margin: 4px 0 10px; } .facts th, .facts td { padding: 5px 14px 5px 0; } .facts td:first-child { width: 24%; min-width: 96px; }
.numbers { width: auto; min-width: 50%; margin: 4px 0 10px; } .numbers th, .numbers td { overflow-wrap: normal; padding: 5px 14px 5px 0; }
.numbers td:not(:first-child), .numbers th:not(:first-child) { text-align: right; font-variant-numeric: tabular-nums; }
.rules { table-layout: fixed; } .rules tbody th { font-weight: 600; } .rules th:first-child { width: 24%; }
figure { margin: 18px 0 6px; } svg { display: block; height: auto; } svg text { fill: var(--ink); font: 13px system-ui, "Segoe UI", Roboto, sans-serif; }
.bars { width: 100%; max-width: 760px; } .bars text { font-weight: 600; } .bars rect { stroke: var(--card); stroke-width: 1.5; } .bars .side { fill: var(--soft); font-weight: 400; }
.bars .bad { fill: var(--bad); } .bars .warn { fill: var(--warn); } .bars .note { fill: var(--note); } .bars .good { fill: var(--good); } .bars .quiet { fill: var(--quiet); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin-top: 10px; font-size: 13px; color: var(--soft); } .legend li { display: flex; align-items: center; gap: 6px; }
.key { width: 14px; height: 14px; border-radius: 4px; border: 1px solid var(--line); }
.registries { margin: 0 auto; } .column { fill: var(--page); stroke: var(--line); } .secure { fill: var(--secure-fill); stroke: var(--secure); } .standard { fill: var(--standard-fill); stroke: var(--standard); }
.registries .title { font-size: 17px; font-weight: 650; } .registries .class { font-size: 12px; font-weight: 600; letter-spacing: .04em; fill: var(--soft); }
.registries .name { font: 600 14px ui-monospace, Menlo, Consolas, monospace; } .registries .small { fill: var(--soft); }
.arrow { stroke: var(--soft); stroke-width: 1.6; fill: none; } .tip { fill: var(--soft); }
@media (max-width: 600px) { header, main, footer { padding-left: 12px; padding-right: 12px; } section { padding: 16px 14px; } h1 { font-size: 22px; }
  td, th { padding-right: 8px; } td { font-size: 14px; } .rules th { width: 30%; font-size: 12.5px; } .bars text { font-size: 20px; } .wide .facts td { min-width: 150px; } .facts td { min-width: 88px; } }
@page { margin: 16mm 14mm; }
@media print { :root { color-scheme: light; --ink: #000; --soft: #3d4654; --page: #fff; --card: #fff; --line: #b9bfca; --link: #000;
  --bad: #fbd5d1; --bad-ink: #7d120c; --warn: #fde8bd; --warn-ink: #5c3900; --note: #dfe0fb; --note-ink: #2e2b84; --good: #cfeedb; --good-ink: #0c4725; --quiet: #e4e7ed; --quiet-ink: #363e4b;
  --secure: #0f766e; --secure-fill: #e3f4f1; --standard: #4657a8; --standard-fill: #eaedfa; }
  body { font-size: 10.5pt; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  section { border: 0; border-radius: 0; padding: 0; margin: 0 0 12mm; } section.stage { break-before: page; } h2, h3, h4, thead { break-after: avoid; } tr, figure { break-inside: avoid; }
  .wide { overflow-x: visible; } details::details-content { content-visibility: visible; block-size: auto; } a { text-decoration: none; } }
`;

const HASH = createHash("sha256").update(PAGE_STYLE).digest("base64");

/** What a page holds. */
interface PageParts {
  title: string;
  /** Below the title. */
  lead?: Content;
  body: Content;
  footer?: Content;
}

/** What a document holds: a page, and what a site puts around each of its pages. */
interface DocumentParts extends PageParts {
  /** Of the browser's window. @default the title */
  windowTitle?: string;
  /** What the page may load, where no header says it. */
  policy?: Content;
  /** The style, or where it comes from, and scripts. */
  style: Content;
  /** Above the title, such as the way to other pages. */
  bar?: Content;
}

/** A whole document: the frame of every page, whichever way its style reaches the browser. */
export function htmlDocument({
  title,
  windowTitle = title,
  policy,
  style,
  bar,
  lead,
  body,
  footer,
}: DocumentParts): Markup {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${policy}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${windowTitle}</title>
${style}
</head>
<body>
${bar}<header>
<h1>${title}</h1>
${lead === undefined ? undefined : markup`<p class="soft">${lead}</p>`}
</header>
<main>
${body}
</main>
${footer === undefined ? undefined : markup`<footer>${footer}</footer>`}
</body>
</html>
`;
}

/**
 * One page without scripts or anything from elsewhere, to be read, sent and printed. Its policy allows its own style and
 * nothing else: no script, no image, no address.
 */
export function htmlPage(parts: PageParts): string {
  const allowed = `default-src 'none'; style-src 'sha256-${HASH}'; base-uri 'none'; form-action 'none'`;
  const policy = markup`<meta http-equiv="Content-Security-Policy" content="${raw(allowed)}">
`;
  return htmlDocument({ ...parts, policy, style: markup`<style>${raw(PAGE_STYLE)}</style>` }).toString();
}
