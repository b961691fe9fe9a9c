import { DualRegistryError } from "./errors";
import { escapeUnsafeLines } from "./text/unsafe";

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** Levels that anything this project reads stays below. */
const DEEPEST = 64;

/** True where brackets outside strings nest deeper than {@link DEEPEST}. */
function isTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x5c && inString) at++;
    else if (byte === 0x22) inString = !inString;
    else if (inString) continue;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/**
 * Parses JSON from outside; a byte order mark in front is allowed.
 *
 * @param where names the file or address, for the message
 * @throws DualRegistryError CONTENT_INVALID for what is not JSON, or nests deeper than 64 levels
 */
export function parseJson(bytes: Buffer, where: string): unknown {
  if (isTooDeep(bytes)) {
    throw new DualRegistryError("CONTENT_INVALID", `${where}: nested too deeply; allowed: at most ${DEEPEST} levels`);
  }
  try {
    const text = bytes.toString("utf8");
    return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text) as unknown;
  } catch {
    throw new DualRegistryError("CONTENT_INVALID", `${where}: not JSON; allowed: one JSON value`);
  }
}

/** A value as indented JSON with a line feed at its end, whose strings hold no character that could act. */
export const formatJson = (value: unknown): string => `${escapeUnsafeLines(JSON.stringify(value, null, 2))}\n`;

/** True for an object that is not a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a JSON list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The fields of an object; none for anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

/** The elements of a list; none for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value below some keys; `undefined` where one of them leads nowhere. */
export function fieldAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

/** The text below some keys; `undefined` where there is none, or it is empty. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const text = fieldAt(value, ...path);
  return typeof text === "string" && text !== "" ? text : undefined;
}
