import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";

/** Where a search looks. `any`: names of repositories and tags, labels and annotations. */
export const SEARCH_PLACES = ["any", "owner", "label", "annotation", "package", "digest"] as const;
export type SearchPlace = (typeof SEARCH_PLACES)[number];

/** Characters of a question, and words of it that are looked for. */
export const MAX_QUESTION = 500;
const MAX_WORDS = 8;
/** Characters of a word; longer ones are taken for what they begin with. */
const MAX_WORD = 64;
/** Hexadecimal digits that a part of a digest has at least. */
const LEAST_HEX = 6;

/** Characters that a beginning has at least: fewer lead to most of an index. */
const LEAST_PREFIX = 3;

/** A text, or what a text begins with. */
export interface Term {
  readonly text: string;
  readonly isPrefix: boolean;
}

/** What is looked for. */
export type Question =
  | { readonly in: "any" | "owner"; readonly words: readonly string[] }
  | { readonly in: "label" | "annotation"; readonly name: Term; readonly value?: Term }
  | { readonly in: "package"; readonly name: Term; readonly version?: Term }
  | { readonly in: "digest"; readonly prefix: string };

/** The words of a text: letters and digits, in small letters, each once. A search and the index cut texts alike. */
export function wordsOf(text: string): string[] {
  const found =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return [
    ...new Set(found.map((word) => (word.length <= MAX_WORD ? word : Array.from(word).slice(0, MAX_WORD).join("")))),
  ];
}

/** `text*` is every text that begins so. */
const termOf = (text: string): Term =>
  text.endsWith("*") ? { text: text.slice(0, -1), isPrefix: true } : { text, isPrefix: false };

/** What a word stands for: whatever begins so, or itself alone where it is shorter than a beginning may be. */
export const wordTerm = (word: string): Term => ({ text: word, isPrefix: Array.from(word).length >= LEAST_PREFIX });

/** True for a text that a term stands for. */
export const termMatches = ({ text, isPrefix }: Term, value: string): boolean =>
  isPrefix ? value.startsWith(text) : value === text;

/** A digest or its beginning, with or without algorithm, also behind the name of a repository. */
const DIGEST = /^(?:[^@\s]*@)?(?:(sha256|sha512):)?([0-9a-f]{1,128})$/i;

/**
 * Reads what somebody looks for: words; `name`, `name=value` or `name=val*` of a label or annotation; `package` or
 * `package@version`; a digest or its beginning. A whole digest is looked for as one wherever it is written.
 *
 * @throws DualRegistryError USAGE
 */
export function readQuestion(place: SearchPlace, raw: string): Question {
  const text = raw.trim();
  const refuse = (what: string) => new DualRegistryError("USAGE", `q: ${what}`);
  if (text.length > MAX_QUESTION) throw refuse(`longer than allowed: at most ${MAX_QUESTION} characters`);
  if (text === "") throw refuse("empty; allowed: a word, a label, a package or a digest");
  if (place === "digest" || (place === "any" && /(?:^|@)sha(?:256|512):/i.test(text))) {
    const [, algorithm = "sha256", hex = ""] = DIGEST.exec(text) ?? [];
    if (hex.length >= LEAST_HEX) return { in: "digest", prefix: `${algorithm}:${hex}`.toLowerCase() };
    throw refuse(`${quoted(text)} is not a digest; allowed: sha256: and at least ${LEAST_HEX} hexadecimal digits`);
  }
  const nameOf = (part: string): Term => {
    const name = termOf(part);
    if (!name.isPrefix || Array.from(name.text).length >= LEAST_PREFIX) return name;
    throw refuse(`${quoted(part)} is a beginning of fewer than ${LEAST_PREFIX} characters; write more of the name`);
  };
  if (place === "label" || place === "annotation") {
    const cut = text.indexOf("=");
    if (cut < 0) return { in: place, name: nameOf(text) };
    return { in: place, name: nameOf(text.slice(0, cut)), value: termOf(text.slice(cut + 1)) };
  }
  if (place === "package") {
    // A name of npm begins with an @ of its own.
    const cut = text.lastIndexOf("@");
    if (cut <= 0) return { in: place, name: nameOf(text) };
    return { in: place, name: nameOf(text.slice(0, cut)), version: termOf(text.slice(cut + 1)) };
  }
  const words = wordsOf(text);
  if (words.length === 0) throw refuse(`${quoted(text)} has no word in it; allowed: letters and digits`);
  if (words.length > MAX_WORDS) throw refuse(`${words.length} words; allowed: at most ${MAX_WORDS}`);
  return { in: place, words };
}
