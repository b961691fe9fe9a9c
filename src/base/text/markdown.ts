import { escapeUnsafe } from "./unsafe";

/** Markdown that is made here: what came from outside is text in it. */
export interface Markdown {
  readonly markdown: string;
}

/** What may stand in Markdown: text and numbers, which are escaped, or Markdown. */
export type MarkdownContent = string | number | Markdown;

const sourceOf = (content: MarkdownContent): string =>
  typeof content === "object" ? content.markdown : escapeMarkdown(String(content));

/** Text with the marks that Markdown reads escaped, on one line, without unsafe characters. */
export function escapeMarkdown(text: string): string {
  return escapeUnsafe(text).replace(/[\\`*_{}[\]<>|#!&@]/g, (mark) => `\\${mark}`);
}

/** Markdown as a tagged template: text in it forms no mark. */
export function marked(template: TemplateStringsArray, ...contents: readonly MarkdownContent[]): Markdown {
  return { markdown: String.raw({ raw: template }, ...contents.map(sourceOf)) };
}

/** Text as code that nothing in it can end: every character with a meaning is written as an entity. */
export function code(text: string): Markdown {
  const entities = escapeUnsafe(text).replace(
    /[^\p{L}\p{N} ,()/=;-]/gu,
    (character) => `&#${character.codePointAt(0) ?? 0};`,
  );
  return { markdown: `<code>${entities}</code>` };
}

/** A name between backticks, for documents that are read as they are; what a backtick would end is {@link code}. */
export function name(text: string): Markdown {
  const shown = escapeUnsafe(text);
  return shown.includes("`") || shown === "" ? code(text) : { markdown: `\`${shown.replaceAll("|", "\\|")}\`` };
}

/** A block of code with a fence longer than any run of backticks in it. */
export function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

/** A table. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly MarkdownContent[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [heads.map(escapeMarkdown), heads.map(() => "---"), ...rows.map((row) => row.map(sourceOf))]
    .map(line)
    .join("\n");
}

/** A part that opens on a click; the body is Markdown already. */
export function details(summary: MarkdownContent, body: string): string {
  return `<details><summary>${sourceOf(summary)}</summary>\n\n${body}\n\n</details>`;
}
