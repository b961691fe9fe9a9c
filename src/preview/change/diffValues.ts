import type { PathPart } from "./diffPaths";
import type { Json } from "../recording";

/** A place where two values differ; an absent side means that nothing was there. */
export interface ValueChange {
  path: readonly PathPart[];
  before?: Json;
  after?: Json;
}

type JsonObject = Readonly<Record<string, Json>>;

/**
 * Every place where two values differ, as deep as both go; a subtree only one side has is one change.
 * Two secrets are equal here: the recording holds neither, so a changed secret cannot be seen.
 */
export function changedValues(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly PathPart[] = [],
): readonly ValueChange[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => changedValues(own(before, key), own(after, key), [...path, key]));
  }
  if (isList(before) && isList(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, at) => changedValues(before[at], after[at], [...path, at])).flat();
  }
  if (before === after) return [];
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

/** The paths of all single values in a value, an empty list or object being one. */
export function leaves(value: Json | undefined, path: readonly PathPart[]): readonly (readonly PathPart[])[] {
  if (isObject(value)) {
    const entries = Object.entries(value);
    return entries.length === 0 ? [path] : entries.flatMap(([key, item]) => leaves(item, [...path, key]));
  }
  if (!isList(value) || value.length === 0) return [path];
  return value.flatMap((item, at) => leaves(item, [...path, at]));
}

/** The paths where a value is exactly `wanted`. */
export function pathsOf(value: Json, wanted: Json, path: readonly PathPart[] = []): readonly (readonly PathPart[])[] {
  if (value === wanted) return [path];
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => pathsOf(item, wanted, [...path, key]));
  return isList(value) ? value.flatMap((item, at) => pathsOf(item, wanted, [...path, at])) : [];
}

/** True for a JSON object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a JSON list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function own(value: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
