import { code } from "../../preview/render/renderMarkdownParts";
import { unformula } from "./words";

/**
 * Text from outside as code that nothing in it can end: no markup, mention, link, cell or formula comes of it.
 */
export const md = (text: string): string => code(unformula(text));

/** Own text, such as a control's title: the few marks that Markdown reads are escaped. */
export function own(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#!&@]/g, (mark) => `\\${mark}`);
}

/** A table; the cells are markup already. */
export function mdTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A part that opens on a click; summary and body are markup already. */
export function mdDetails(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}
