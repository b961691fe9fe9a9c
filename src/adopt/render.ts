import type { Json } from "../preview/recording";
import { inline, plain } from "../preview/render/renderText";
import { isFinding, type AdoptionRow } from "./compare";

/** How a comparison can be printed. */
export const ADOPTION_FORMATS = ["table", "json"] as const;

export type AdoptionFormat = (typeof ADOPTION_FORMATS)[number];

/** One registry's comparison. */
export interface Adoption {
  /** Name of the resource in the stack. */
  resource: string;
  id: string;
  rows: readonly AdoptionRow[];
}

const HEAD = ["", "Property", "Stage file", "Azure", "Adoption", ""];
const LONGEST = 60;

const cell = (value: Json | undefined): string => {
  const text = value === undefined ? "" : plain(inline(value));
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
};

function tableOf({ resource, id, rows }: Adoption): string[] {
  const cells = [...rows]
    .sort((a, b) => Number(isFinding(b)) - Number(isFinding(a)))
    .map((row) => [
      isFinding(row) ? "!" : "",
      row.property,
      cell(row.stage),
      cell(row.azure),
      row.effect,
      row.why === undefined ? "" : plain(row.why),
    ]);
  const all = [HEAD, ...cells];
  const widths = HEAD.map((_, at) => Math.max(...all.map((line) => line[at]?.length ?? 0)));
  const lines = all.map((line) =>
    line
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [`${resource} takes over ${plain(id)}`, ...lines, ""];
}

/** What the adoption of a stage's registries would do: a table for people, or JSON. */
export function renderAdoption(stage: string, adoptions: readonly Adoption[], format: AdoptionFormat): string {
  const count = (effect: AdoptionRow["effect"]) =>
    adoptions.flatMap(({ rows }) => rows).filter((row) => row.effect === effect).length;
  const counts = { changes: count("changes"), differs: count("differs"), fails: count("fails"), keeps: count("keeps") };
  if (format === "json") return `${JSON.stringify({ stage, ...counts, registries: adoptions }, null, 2)}\n`;
  if (adoptions.length === 0) return `${stage} takes over no registry: none of its facts says mode: adopt\n`;
  const { changes, differs, fails, keeps } = counts;
  const summary = `${stage}: ${changes} would change, ${differs} differ and stay, ${fails} would fail, ${keeps} are kept`;
  return [...adoptions.flatMap(tableOf), summary, ""].join("\n");
}
