import { isList, isObject } from "../../preview/change/values";
import type { Json } from "../../preview/recording";

/**
 * Text that can do nothing to a terminal or a reader: control characters, bidirectional marks, invisible and
 * line-breaking characters are written as escapes.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** A value on one line: words as they are, what could be misread in quotes. */
export function inline(value: Json | undefined): string {
  if (value === undefined) return "(absent)";
  if (typeof value === "string") return scalar(value);
  if (isList(value)) return `[${value.map(inline).join(", ")}]`;
  if (!isObject(value)) return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${scalar(key)}: ${inline(item)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** A value under a key as lines of YAML's shape, two spaces a level; short lists stay on one line. */
export function valueLines(key: string, value: Json): readonly string[] {
  const head = `${scalar(key)}:`;
  if (isFlat(value)) return [`${head} ${inline(value)}`];
  return [head, ...nested(value).map((line) => `  ${line}`)];
}

function nested(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(itemLines);
  if (isObject(value)) return sorted(value).flatMap(([key, item]) => valueLines(key, item));
  return [inline(value)];
}

function itemLines(item: Json): readonly string[] {
  return (isFlat(item) ? [inline(item)] : nested(item)).map((line, at) => `${at === 0 ? "-" : " "} ${line}`);
}

/** Fits on the line of its key: a single value, an empty one, or a short list of single values. */
function isFlat(value: Json): boolean {
  if (isObject(value)) return Object.keys(value).length === 0;
  if (!isList(value)) return true;
  return value.every((item) => !isList(item) && !isObject(item)) && inline(value).length <= 80;
}

/** The entries of an object by key. */
export function sorted<T>(value: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

const WORDS =
  /^[\p{L}\p{N}_/@.$\\{}()*+~^%-](?:[\p{L}\p{N} _/@:.$\\{}()*+~^%&=;?!,-]*[\p{L}\p{N}_/@.$\\{}()*+~^%-])?$/u;
const LOOKS_TYPED = /^(true|false|null|[\d.+-]+(e[\d+-]+)?)$/i;

function scalar(text: string): string {
  if (text === "[secret]" || text === "[unknown]") return text;
  const needsQuotes = !WORDS.test(text) || LOOKS_TYPED.test(text) || text.includes(": ") || text.startsWith("- ");
  return plain(needsQuotes ? JSON.stringify(text) : text);
}
