import { escapeUnsafe } from "./unsafe";

/** Text as inline code that nothing in it can end: every character with a meaning is written as an entity. */
export function code(text: string): string {
  return `<code>${escapeUnsafe(text).replace(/[^\p{L}\p{N} ,()/=;-]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`)}</code>`;
}

/** A block of code with a fence longer than any run of backticks in it. */
export function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

/** A table; the cells are markup already. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A part that opens on a click; the summary is markup already. */
export function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}
