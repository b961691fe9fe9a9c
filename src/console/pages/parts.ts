import { type Content, htmlBadge, type Markup, markup, type Tone } from "../../base/text/html";
import type { Digest } from "../../base/digest";
import type { ImageClass } from "../../domain/image/imageClass";
import type { Fact, Part, RegistryView, Trust } from "../model";

/** Characters of a value that stand on the page at once; the rest is folded. */
const FOLDED = 240;

/** A class of images in its colour. */
export const classBadge = (imageClass: ImageClass): Markup =>
  markup`<span class="badge class-${imageClass}">${imageClass}</span>`;

/** The registry and its class in one look. */
export const registryText = ({ class: imageClass, host }: RegistryView): Markup =>
  markup`${classBadge(imageClass)} <code>${host}</code>`;

/** What a word of trust means, for its colour. */
const TRUST: Readonly<Record<Trust, readonly [Tone, string]>> = {
  "self-asserted": ["quiet", "self-asserted"],
  signed: ["good", "signed"],
  "verified-by-record": ["good", "verified by record"],
  untrusted: ["bad", "not trusted"],
};

/** How far something can be trusted. */
export function trustBadge(trust: Trust): Markup {
  const [tone, word] = TRUST[trust];
  return htmlBadge(tone, word);
}

/** A digest, short, with the whole as its title and to copy. */
export const shortDigest = (digest: Digest): Markup =>
  markup`<code title="${digest}">${digest.slice(digest.indexOf(":") + 1).slice(0, 12)}</code>`;

/** Something to copy. @param what it is, for whoever hears the page */
export const copyable = (what: string, text: string): Markup => markup`<code data-copy="${what}">${text}</code>`;

/** A time that people read; the exact one is the element's. */
export function timeOf(text: string | undefined): Content {
  if (text === undefined) return undefined;
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return markup`<code>${text}</code>`;
  const exact = at.toISOString();
  return markup`<time datetime="${exact}">${exact.slice(0, 16).replace("T", " ")} UTC</time>`;
}

/** A page of an image. @param reference tag or digest */
export function imageAddress(repository: string, reference: string): string {
  const separator = reference.includes(":") ? "@" : ":";
  return `/r/${repository}${separator}${encodeURIComponent(reference).replace("%3A", ":")}`;
}

/** Labels and annotations whose values are addresses. Source: OCI image specification 1.1, annotations.md. */
const ADDRESSES: readonly string[] = ["source", "url", "documentation"].map(
  (name) => `org.opencontainers.image.${name}`,
);

/** Printable ASCII: a host in other letters may look like another host, and is linked in its own encoding alone. */
const PLAIN = /^[!-~]+$/;

/** The address that a label is; absent for every other label, and for what is not an address of https. */
function linkOf({ name, value, fullLength }: Fact): URL | undefined {
  if (!ADDRESSES.includes(name) || fullLength !== undefined || !PLAIN.test(value) || !URL.canParse(value)) {
    return undefined;
  }
  const url = new URL(value);
  return url.protocol === "https:" && url.username === "" && url.password === "" ? url : undefined;
}

/** A text from outside: unsafe characters are shown as escapes, and a long one is folded. */
export function longText(text: string, fullLength?: number): Markup {
  const cut =
    fullLength === undefined ? undefined : markup` <em>(the first ${text.length} of ${fullLength} characters)</em>`;
  if (text.length <= FOLDED) return markup`<code class="value">${text}</code>${cut}`;
  const length = fullLength ?? text.length;
  return markup`<details class="long"><summary><code>${text.slice(0, 80)}…</code> <span class="soft">${length} characters</span></summary><code class="value">${text}</code>${cut}</details>`;
}

/** The value of a label or annotation; an address leads there, and says to which host. */
export function factValue(fact: Fact): Markup {
  const link = linkOf(fact);
  const text = longText(fact.value, fact.fullLength);
  if (link === undefined) return text;
  return markup`${text} <a href="${link.href}" rel="noopener noreferrer nofollow">open at ${link.host}</a>`;
}

/** What could not be read, why, and what to do. */
export function unavailable(what: string, part: Exclude<Part<unknown>, { state: "ok" }>): Markup {
  const when =
    part.retryAfter === undefined ? "Load the page again in a moment." : `Load the page again in ${part.retryAfter} s.`;
  return markup`<p class="notice warn" role="status">${what} cannot be shown: ${part.reason}. ${when}</p>`;
}

/** A section with its heading. @param id of the heading, for the address bar */
export const section = (id: string, title: Content, body: Content): Markup =>
  markup`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`;

/** Something and how many, such as `1 tag` and `2 tags`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** What could not be read, and so is not known. */
export const unreadNotice = (unread: readonly string[] = []): Content =>
  unread.map((what) => markup`<p class="notice warn" role="status">Not read: ${what}.</p>`);
