/** The page's only style; it follows the reader's choice of light or dark. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6577; --page: #f5f6f9; --card: #fff; --line: #d9dde6; --link: #1f5fbf;
  --secure: #0f766e; --secure-fill: #e3f4f1; --standard: #4657a8; --standard-fill: #eaedfa;
  --good: #1a7f46; --warn: #9a5b00; --bad: #b3261e; --bad-fill: #fdecea; --warn-fill: #fff4dd; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf1; --soft: #9da7ba; --page: #12151c; --card: #1a1f29; --line: #323a49; --link: #86b4ff;
  --secure: #5fd3c4; --secure-fill: #12302d; --standard: #a3b3ff; --standard-fill: #20274a;
  --good: #6ad196; --warn: #f2bd66; --bad: #ff8f87; --bad-fill: #3a1a1a; --warn-fill: #382c14; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 26px; margin: 8px 0 20px; } h2 { font-size: 19px; margin: 0 0 12px; } h4 { margin: 16px 0 6px; font-size: 15px; }
section, figure { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px; margin: 0 0 20px; }
.wide { overflow-x: auto; } svg { display: block; height: auto; margin: 0 auto; }
code { font: 13px/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
.value { white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: 6px 0 10px; } .numbers { width: auto; min-width: 50%; }
th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; font-size: 13px; } .facts td:first-child { white-space: nowrap; width: 1%; }
.numbers td:not(:first-child), .numbers th:not(:first-child) { text-align: right; font-variant-numeric: tabular-nums; }
summary { cursor: pointer; padding: 4px 0; } section > details > summary { font-weight: 600; }
.count { color: var(--soft); font-weight: 400; margin-left: 6px; } em { color: var(--soft); }
.tree, .tree ul { list-style: none; margin: 0; padding: 0; } .tree ul { margin-left: 8px; padding-left: 18px; border-left: 1px solid var(--line); }
.leaf { margin: 0; padding: 4px 0 4px 16px; }
.flag { font-size: 12px; border: 1px solid var(--line); border-radius: 9px; padding: 0 7px; color: var(--soft); white-space: nowrap; }
.secret { color: var(--warn); } .unknown { color: var(--soft); font-style: italic; }
.kind { font-size: 13px; border: 1px solid currentColor; border-radius: 6px; padding: 1px 7px; }
.create { color: var(--good); } .update, .state { color: var(--link); } .may-replace { color: var(--warn); } .replace, .delete { color: var(--bad); }
.change { border-top: 1px solid var(--line); } .good { color: var(--good); }
.refused { background: var(--bad-fill); color: var(--bad); border-radius: 6px; padding: 6px 10px; margin: 6px 0; }
.findings { list-style: none; margin: 0 0 14px; padding: 0; } .findings li { border-radius: 8px; padding: 10px 14px; margin-bottom: 8px; }
.findings .alarm { background: var(--bad-fill); } .findings .alarm b { color: var(--bad); } .findings .allowed { background: var(--warn-fill); }
.stage { fill: var(--page); stroke: var(--line); } .secure { fill: var(--secure-fill); stroke: var(--secure); } .standard { fill: var(--standard-fill); stroke: var(--standard); }
svg text { fill: var(--ink); font: 13px system-ui, "Segoe UI", Roboto, sans-serif; } svg .title { font-size: 17px; font-weight: 650; }
svg .class { font-size: 12px; font-weight: 600; letter-spacing: .04em; fill: var(--soft); } svg .name { font: 600 14px ui-monospace, Menlo, Consolas, monospace; } svg .small { fill: var(--soft); }
.arrow { stroke: var(--soft); stroke-width: 1.6; fill: none; } .tip { fill: var(--soft); }
`;
