import { isList, isObject, type Json } from "../json";
import { escapeUnsafe } from "./unsafe";

/** A value on one line: words as they are, what could be misread in quotes. */
export function inlineValue(value: Json | undefined): string {
  if (value === undefined) return "(absent)";
  if (typeof value === "string") return scalar(value);
  if (isList(value)) return `[${value.map(inlineValue).join(", ")}]`;
  if (!isObject(value)) return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${scalar(key)}: ${inlineValue(item)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** A value under a key as lines of YAML's shape, two spaces a level; short lists stay on one line. */
export function valueLines(key: string, value: Json): readonly string[] {
  const head = `${scalar(key)}:`;
  if (isFlat(value)) return [`${head} ${inlineValue(value)}`];
  return [head, ...nested(value).map((line) => `  ${line}`)];
}

function nested(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(itemLines);
  if (isObject(value)) return sortedEntries(value).flatMap(([key, item]) => valueLines(key, item));
  return [inlineValue(value)];
}

function itemLines(item: Json): readonly string[] {
  return (isFlat(item) ? [inlineValue(item)] : nested(item)).map((line, at) => `${at === 0 ? "-" : " "} ${line}`);
}

/** Fits on the line of its key: a single value, an empty one, or a short list of single values. */
function isFlat(value: Json): boolean {
  if (isObject(value)) return Object.keys(value).length === 0;
  if (!isList(value)) return true;
  return value.every((item) => !isList(item) && !isObject(item)) && inlineValue(value).length <= 80;
}

/** The entries of an object by key. */
export function sortedEntries<T>(value: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

const WORDS =
  /^[\p{L}\p{N}_/@.$\\{}()*+~^%-](?:[\p{L}\p{N} _/@:.$\\{}()*+~^%&=;?!,-]*[\p{L}\p{N}_/@.$\\{}()*+~^%-])?$/u;
const LOOKS_TYPED = /^(true|false|null|[\d.+-]+(e[\d+-]+)?)$/i;

function scalar(text: string): string {
  if (text === "[secret]" || text === "[unknown]") return text;
  const needsQuotes = !WORDS.test(text) || LOOKS_TYPED.test(text) || text.includes(": ") || text.startsWith("- ");
  return escapeUnsafe(needsQuotes ? JSON.stringify(text) : text);
}
