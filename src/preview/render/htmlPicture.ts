import { isAzureType } from "../../base/azure/typeToken";
import { isObject } from "../../base/json";
import { htmlLines, type Markup, markup } from "../../base/text/html";
import type { RecordedResource, Recording } from "../recording";

const isRegistry = ({ type }: RecordedResource): boolean => isAzureType(type, "containerregistry:Registry");
const isToken = ({ type }: RecordedResource): boolean => isAzureType(type, "containerregistry:Token");

const COLUMN = { width: 232, gap: 56, top: 44 };
const BOX = { height: 92, gap: 14, margin: 16 };

/** The stages as columns with their registries, and an arrow from each stage to the one that reads it. */
export function pictureOf(stages: readonly Recording[]): Markup {
  const registries = stages.map((stage) => stage.resources.filter(isRegistry));
  const most = Math.max(1, ...registries.map((list) => list.length));
  const height = COLUMN.top + most * (BOX.height + BOX.gap) + BOX.margin;
  const width = Math.max(1, stages.length) * (COLUMN.width + COLUMN.gap) - COLUMN.gap;
  const columns = stages.map((stage, at) => columnSvg(stage, registries[at] ?? [], left(at), height));
  const label = `Stages ${stages.map(({ stack }) => stack).join(", ")} with their registries`;
  return markup`<section><figure class="wide" tabindex="0"><svg class="registries" viewBox="-2 -2 ${width + 4} ${height + 4}" width="${width}" role="img" aria-label="${label}">
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 10 5 0 10z" class="tip"/></marker></defs>
${htmlLines(columns)}
${htmlLines(arrows(stages, height))}
</svg></figure></section>`;
}

function left(at: number): number {
  return at * (COLUMN.width + COLUMN.gap);
}

function columnSvg(stage: Recording, registries: readonly RecordedResource[], x: number, height: number): Markup {
  const boxes = registries.map((registry, at) => {
    const y = COLUMN.top + at * (BOX.height + BOX.gap);
    return boxSvg(registry, tokensOf(stage, registry), x + BOX.margin, y);
  });
  const none = markup`<text x="${x + BOX.margin}" y="${COLUMN.top + 24}" class="small">registers no registry</text>`;
  return markup`<g><rect x="${x}" y="0" width="${COLUMN.width}" height="${height}" rx="10" class="column"/>
<text x="${x + BOX.margin}" y="29" class="title">${stage.stack}</text>${boxes.length === 0 ? none : htmlLines(boxes)}</g>`;
}

function boxSvg(registry: RecordedResource, tokens: number, x: number, y: number): Markup {
  const { inputs, options, name } = registry;
  const secure = isSecure(registry);
  const sku = isObject(inputs["sku"]) && typeof inputs["sku"]["name"] === "string" ? inputs["sku"]["name"] : "";
  const title = typeof inputs["registryName"] === "string" ? inputs["registryName"] : name;
  const facts = [sku, options.protect === true ? "protected" : "not protected"].filter((fact) => fact !== "");
  const tokenText = `${tokens} ${tokens === 1 ? "token" : "tokens"}`;
  return markup`<g><rect x="${x}" y="${y}" width="${COLUMN.width - 2 * BOX.margin}" height="${BOX.height}" rx="7" class="${secure ? "secure" : "standard"}"/>
<text x="${x + 12}" y="${y + 22}" class="class">${secure ? "secure" : "standard"}</text>
<text x="${x + 12}" y="${y + 43}" class="name">${shorten(title, 22)}<title>${title}</title></text>
<text x="${x + 12}" y="${y + 62}" class="small">${facts.join(", ")}</text>
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
  return stage.resources.filter((resource) => {
    const { inputs, options } = resource;
    if (!isToken(resource)) return false;
    const named = typeof name === "string" && inputs["registryName"] === name;
    return named || (options.dependsOn?.includes(registry.urn) ?? false);
  }).length;
}

function arrows(stages: readonly Recording[], height: number): readonly Markup[] {
  const paths = stages.flatMap((stage, to) =>
    stage.references.flatMap(({ stack }) => {
      const from = stages.findIndex((other) => other.stack === stack.split("/").at(-1));
      if (from < 0 || from === to) return [];
      if (Math.abs(to - from) > 1) return [farArrow(from, to, height)];
      const [start, end] =
        to > from ? [left(from) + COLUMN.width + 4, left(to) - 4] : [left(from) - 4, left(to) + COLUMN.width + 4];
      return [`M${start} 24 H${end}`];
    }),
  );
  return [...new Set(paths)].map((path) => markup`<path d="${path}" class="arrow" marker-end="url(#tip)"/>`);
}

/** An arrow past other stages runs below them. */
function farArrow(from: number, to: number, height: number): string {
  const [start, end] = [left(from) + COLUMN.width / 2, left(to) + COLUMN.width / 2];
  return `M${start} ${height - 6} C${start} ${height + 2} ${end} ${height + 2} ${end} ${height - 6}`;
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
