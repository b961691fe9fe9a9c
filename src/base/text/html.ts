import type { Json } from "../json";
import { escapeUnsafe } from "./unsafe";
import { inlineValue, valueLines } from "./value";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text that forms no markup, in an element as well as in an attribute. */
export function escapeHtml(text: string): string {
  return escapeUnsafe(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** A value; secrets and what is not yet known stand out. */
export function valueHtml(value: Json): string {
  const line = inlineValue(value);
  const lines = line.length <= 60 ? [line] : valueLines("", value);
  const text =
    lines.length === 1
      ? line
      : lines
          .slice(1)
          .map((one) => one.slice(2))
          .join("\u0000");
  const markup = text.split("\u0000").map(escapeHtml).join("\n");
  return `<code class="value">${markup
    .replaceAll("[secret]", '<span class="secret">[secret]</span>')
    .replaceAll("[unknown]", '<span class="unknown">[unknown]</span>')}</code>`;
}

/** A table that scrolls by itself; the cells are markup already. */
export function tableHtml(heads: readonly string[], rows: readonly (readonly string[])[], kind = "facts"): string {
  const head = heads.length === 0 ? "" : `<thead><tr>${heads.map((cell) => `<th>${cell}</th>`).join("")}</tr></thead>`;
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n");
  return `<div class="wide"><table class="${kind}">${head}<tbody>${body}</tbody></table></div>`;
}
