import { escapeHtml } from "../../../preview/render/renderHtmlParts";
import type { Evidence, Verdict } from "../../report";
import { shownValue, unformula } from "../words";

/** Text from outside: no markup, and no formula for the spreadsheet it is copied into. */
export const text = (value: string): string => escapeHtml(unformula(value));

/** The name of a class of style. */
const slug = (name: string): string => name.replaceAll(" ", "-");

/** A verdict as a word on its colour; the word alone says it as well. */
export const badge = (verdict: Verdict): string => `<span class="badge v-${slug(verdict)}">${verdict}</span>`;

/** A quiet word, such as what a statement rests on. */
export const tag = (word: string): string => `<span class="tag">${text(word)}</span>`;

/** One thing that was looked at. */
export function evidenceHtml({ resource, property, value, expected }: Evidence): string {
  return `<p class="evidence"><code>${text(resource)}</code> ${text(property)}: <code>${text(shownValue(value))}</code>
<span class="soft">(expected: ${text(expected)})</span></p>`;
}

/** A part of the page under a heading of its level; empty where there is nothing in it. */
export function part(level: 2 | 3 | 4, title: string, body: string): string {
  return body === "" ? "" : `<h${level}>${title}</h${level}>\n${body}`;
}

/** A list; empty where it has no items. */
export function list(kind: string, items: readonly string[]): string {
  return items.length === 0 ? "" : `<ul class="${kind}">\n${items.map((item) => `<li>${item}</li>`).join("\n")}\n</ul>`;
}
