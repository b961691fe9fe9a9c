import { html, type raw } from "hono/html";
import type { Json } from "../../json";
import { escapeUnsafe } from "../unsafe";
import { inlineValue, valueLines } from "../value";

/** Markup that only {@link markup} makes: whatever came from outside is text in it. */
export type Markup = ReturnType<typeof raw>;

/** What may stand in markup: text and numbers, which are escaped, markup, lists of these, or nothing. */
export type Content = string | number | undefined | Markup | readonly Content[];

const isMany = (content: Content): content is readonly Content[] => Array.isArray(content);

/** Text with its unsafe characters as escapes; markup is an object at run time, and stays. */
function visible(content: Content): Content {
  if (isMany(content)) return content.map(visible);
  return typeof content === "string" ? escapeUnsafe(content) : content;
}

/**
 * Markup as a tagged template: text in it forms no markup, in an element as well as in a quoted attribute, and shows its
 * unsafe characters as escapes.
 */
export function markup(template: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  const made = html(template, ...contents.map(visible));
  if (made instanceof Promise) throw new TypeError("Markup has no promises in it");
  return made;
}

/** Markup with a line feed after each part but the last. */
export const htmlLines = (parts: readonly Content[]): Content =>
  parts.map((part, at) => (at === 0 ? part : markup`\n${part}`));

/** A value; secrets and what is not yet known stand out. */
export function htmlValue(value: Json): Markup {
  const line = inlineValue(value);
  const lines = line.length <= 60 ? [line] : valueLines("", value);
  const shown = lines.length === 1 ? [line] : lines.slice(1).map((one) => one.slice(2));
  return markup`<code class="value">${htmlLines(shown.map(markedLine))}</code>`;
}

const markedLine = (line: string): Content =>
  line.split(/(\[secret\]|\[unknown\])/).map((part) => {
    if (part === "[secret]") return markup`<span class="secret">${part}</span>`;
    return part === "[unknown]" ? markup`<span class="unknown">${part}</span>` : part;
  });

/** A table: facts wrap, numbers stand at the right. One of more than two columns scrolls by itself. */
export function htmlTable(
  heads: readonly Content[],
  rows: readonly (readonly Content[])[],
  kind: "facts" | "numbers" = "facts",
): Markup {
  const head = heads.map((cell) => markup`<th scope="col">${cell}</th>`);
  const body = rows.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>`);
  const table = markup`<table class="${kind}">${
    heads.length === 0 ? undefined : markup`<thead><tr>${head}</tr></thead>`
  }<tbody>${htmlLines(body)}</tbody></table>`;
  return heads.length > 2 ? markup`<div class="wide" tabindex="0">${table}</div>` : table;
}

/** A list; nothing where it has no items. */
export function htmlList(kind: string, items: readonly Content[]): Markup | undefined {
  if (items.length === 0) return undefined;
  return markup`<ul class="${kind}">
${htmlLines(items.map((item) => markup`<li>${item}</li>`))}
</ul>`;
}

/** What a word means to its reader; its colour follows from it. */
export type Tone = "bad" | "warn" | "note" | "good" | "quiet";

/** A word on its colour; the word alone says it as well. */
export const htmlBadge = (tone: Tone, word: string | number): Markup =>
  markup`<span class="badge ${tone}">${word}</span>`;

/** A quiet word in a frame, such as what a statement rests on. */
export const htmlTag = (word: string): Markup => markup`<span class="tag">${word}</span>`;
