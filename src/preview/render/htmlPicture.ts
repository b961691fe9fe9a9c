import { isObject } from "../../base/json";
import { escapeHtml } from "../../base/text/html";
import type { RecordedResource, Recording } from "../recording";

const REGISTRY = /^azure-native:containerregistry(\/[^:]+)?:Registry$/;
const TOKEN = /^azure-native:containerregistry(\/[^:]+)?:Token$/;

const COLUMN = { width: 232, gap: 56, top: 44 };
const BOX = { height: 92, gap: 14, margin: 16 };

/** The stages as columns with their registries, and an arrow from each stage to the one that reads it. */
export function pictureOf(stages: readonly Recording[]): string {
  const registries = stages.map((stage) => stage.resources.filter(({ type }) => REGISTRY.test(type)));
  const most = Math.max(1, ...registries.map((list) => list.length));
  const height = COLUMN.top + most * (BOX.height + BOX.gap) + BOX.margin;
  const width = Math.max(1, stages.length) * (COLUMN.width + COLUMN.gap) - COLUMN.gap;
  const columns = stages.map((stage, at) => columnSvg(stage, registries[at] ?? [], left(at), height));
  const label = `Stages ${stages.map(({ stack }) => stack).join(", ")} with their registries`;
  return `<figure class="wide"><svg viewBox="-2 -2 ${width + 4} ${height + 4}" width="${width}" role="img" aria-label="${escapeHtml(label)}">
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 10 5 0 10z" class="tip"/></marker></defs>
${columns.join("\n")}
${arrows(stages, height)}
</svg></figure>`;
}

function left(at: number): number {
  return at * (COLUMN.width + COLUMN.gap);
}

function columnSvg(stage: Recording, registries: readonly RecordedResource[], x: number, height: number): string {
  const boxes = registries.map((registry, at) => {
    const y = COLUMN.top + at * (BOX.height + BOX.gap);
    return boxSvg(registry, tokensOf(stage, registry), x + BOX.margin, y);
  });
  const none = `<text x="${x + BOX.margin}" y="${COLUMN.top + 24}" class="small">registers no registry</text>`;
  return `<g><rect x="${x}" y="0" width="${COLUMN.width}" height="${height}" rx="10" class="stage"/>
<text x="${x + BOX.margin}" y="29" class="title">${escapeHtml(stage.stack)}</text>${boxes.length === 0 ? none : boxes.join("\n")}</g>`;
}

function boxSvg(registry: RecordedResource, tokens: number, x: number, y: number): string {
  const { inputs, options, name } = registry;
  const secure = isSecure(registry);
  const sku = isObject(inputs["sku"]) && typeof inputs["sku"]["name"] === "string" ? inputs["sku"]["name"] : "";
  const title = typeof inputs["registryName"] === "string" ? inputs["registryName"] : name;
  const facts = [sku, options.protect === true ? "protected" : "not protected"].filter((fact) => fact !== "");
  const tokenText = `${tokens} ${tokens === 1 ? "token" : "tokens"}`;
  return `<g><rect x="${x}" y="${y}" width="${COLUMN.width - 2 * BOX.margin}" height="${BOX.height}" rx="7" class="${secure ? "secure" : "standard"}"/>
<text x="${x + 12}" y="${y + 22}" class="class">${secure ? "secure" : "standard"}</text>
<text x="${x + 12}" y="${y + 43}" class="name">${escapeHtml(shorten(title, 22))}<title>${escapeHtml(title)}</title></text>
<text x="${x + 12}" y="${y + 62}" class="small">${escapeHtml(facts.join(", "))}</text>
<text x="${x + 12}" y="${y + 80}" class="small">${tokenText}</text></g>`;
}

/** Secure by its tag, else by a word of its name. */
function isSecure({ name, inputs }: RecordedResource): boolean {
  const tags = inputs["tags"];
  if (isObject(tags) && typeof tags["class"] === "string") return tags["class"] === "secure";
  return name.split(/[^a-z]+/i).includes("secure");
}

/** Tokens that name the registry, or that depend on it. */
function tokensOf(stage: Recording, registry: RecordedResource): number {
  const name = registry.inputs["registryName"];
  return stage.resources.filter(({ type, inputs, options }) => {
    if (!TOKEN.test(type)) return false;
    const named = typeof name === "string" && inputs["registryName"] === name;
    return named || (options.dependsOn?.includes(registry.urn) ?? false);
  }).length;
}

function arrows(stages: readonly Recording[], height: number): string {
  const lines = stages.flatMap((stage, to) =>
    stage.references.flatMap(({ stack }) => {
      const from = stages.findIndex((other) => other.stack === stack.split("/").at(-1));
      if (from < 0 || from === to) return [];
      if (Math.abs(to - from) > 1) return [farArrow(from, to, height)];
      const [start, end] =
        to > from ? [left(from) + COLUMN.width + 4, left(to) - 4] : [left(from) - 4, left(to) + COLUMN.width + 4];
      return [`<path d="M${start} 24 H${end}" class="arrow" marker-end="url(#tip)"/>`];
    }),
  );
  return [...new Set(lines)].join("\n");
}

/** An arrow past other stages runs below them. */
function farArrow(from: number, to: number, height: number): string {
  const [start, end] = [left(from) + COLUMN.width / 2, left(to) + COLUMN.width / 2];
  return `<path d="M${start} ${height - 6} C${start} ${height + 2} ${end} ${height + 2} ${end} ${height - 6}" class="arrow" marker-end="url(#tip)"/>`;
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

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
