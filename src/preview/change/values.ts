import { defined } from "../../base/defined";
import { isList, isObject, type Json, type JsonObject } from "../../base/json";

/** A place where two values differ; an absent side means that nothing was there. */
export interface ValueChange {
  path: readonly PathPart[];
  before?: Json;
  after?: Json;
}

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
  return [{ path, ...defined({ before, after }) }];
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

function own(value: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A property path as Pulumi writes it, in parts: `policies.rules[0].days` is `["policies", "rules", 0, "days"]`. */
export type PathPart = string | number;

/** The property path of some parts; keys that are no plain words are quoted: `tags["cost.center"]`. */
export function formatPath(parts: readonly PathPart[]): string {
  return parts.reduce<string>((path, part) => {
    if (typeof part === "number") return `${path}[${part}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(part)) return `${path}[${JSON.stringify(part)}]`;
    return path === "" ? part : `${path}.${part}`;
  }, "");
}

/**
 * The parts of a property path. `*` and `[*]` stay the string `*`.
 * What does not parse is one part, so that it can never match more than it says.
 */
export function parsePath(path: string): readonly PathPart[] {
  const parts: PathPart[] = [];
  const token = /\.?([^.[\]"]+)|\[(\d+|\*)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  while (token.lastIndex < path.length) {
    const found = token.exec(path);
    if (found === null) return [path];
    const [, word, index, quoted] = found;
    if (word !== undefined) parts.push(word);
    else if (index !== undefined) parts.push(index === "*" ? index : Number(index));
    else if (quoted !== undefined) parts.push(unquote(quoted));
  }
  return parts;
}

/** True when `pattern` names `path` or something around it; `*` stands for any one part. */
export function covers(pattern: readonly PathPart[], path: readonly PathPart[]): boolean {
  return (
    pattern.length <= path.length && pattern.every((part, at) => part === "*" || String(part) === String(path[at]))
  );
}

/** A quoted key is JSON where JSON can read it; a person's own escapes are taken literally. */
function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1).replace(/\\(.)/g, "$1");
  }
}
