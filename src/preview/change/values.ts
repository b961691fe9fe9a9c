import { defined } from "../../base/defined";
import { isList, isObject, type Json, type JsonObject } from "../../base/json";
import { SECRET, UNKNOWN } from "../../base/placeholders";

/** A place where two values differ; an absent side means that nothing was there. */
export interface ValueChange {
  path: readonly PathPart[];
  before?: Json;
  after?: Json;
}

/**
 * Every place where two values differ, as deep as both go; a subtree only one side has is one change.
 * Two secrets are equal here: the recording holds neither, so a changed secret cannot be seen.
 *
 * @param byName entries of lists that have a name, or are one, are compared with the entry of the same name; default: by
 *   place. A text that comes or goes stands at `*`, and a change of the order alone at the list
 */
export function changedValues(
  before: Json | undefined,
  after: Json | undefined,
  byName = false,
  path: readonly PathPart[] = [],
): readonly ValueChange[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => changedValues(own(before, key), own(after, key), byName, [...path, key]));
  }
  if (isList(before) && isList(after)) {
    const names = byName ? namesOf(before, after) : undefined;
    if (names) return changedEntries(before, after, names, path);
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, at) => changedValues(before[at], after[at], byName, [...path, at])).flat();
  }
  if (before === after) return [];
  return [{ path, ...defined({ before, after }) }];
}

/** The names of a list's entries, old and new. */
interface EntryNames {
  old: readonly string[];
  now: readonly string[];
  /** Whether the entries are nothing but their names. */
  bare: boolean;
}

/** Fields that name an entry, and those that tell two of one name apart. */
const NAMES = ["name", "repository", "token", "who", "control", "key", "id"];
const BESIDE = ["registry", "class", "scope", "purpose", "role", "on"];

/** The names by which both lists can be compared; undefined where an entry has none, or two have the same. */
function namesOf(before: readonly Json[], after: readonly Json[]): EntryNames | undefined {
  const namedBy = (nameOf: (entry: Json) => string | undefined, bare: boolean): EntryNames | undefined => {
    const [old, now] = [before, after].map((list) => list.map(nameOf));
    return isDistinct(old) && isDistinct(now) ? { old, now, bare } : undefined;
  };
  const schemes = NAMES.flatMap((name) =>
    [...BESIDE.keys(), BESIDE.length].map((count) => [name, ...BESIDE.slice(0, count)]),
  );
  const texts = namedBy((entry) => (typeof entry === "string" ? entry : undefined), true);
  return schemes.reduce((found, fields) => found ?? namedBy((entry) => textsAt(entry, fields), false), texts);
}

/** The text of the first field, with those of the others behind it where they are there. */
function textsAt(entry: Json, [name = "", ...beside]: readonly string[]): string | undefined {
  if (!isObject(entry)) return undefined;
  const first = own(entry, name);
  if (typeof first !== "string" || first === UNKNOWN || first === SECRET) return undefined;
  const others = beside.map((field) => own(entry, field)).filter((value) => typeof value === "string");
  return others.length === 0 ? first : `${first} (${others.join(", ")})`;
}

function isDistinct(names: readonly (string | undefined)[] | undefined): names is readonly string[] {
  return names !== undefined && !names.includes(undefined) && new Set(names).size === names.length;
}

function changedEntries(
  before: readonly Json[],
  after: readonly Json[],
  { old, now, bare }: EntryNames,
  path: readonly PathPart[],
): readonly ValueChange[] {
  const step = (entry: string): PathPart => (bare ? "*" : { entry });
  const former = new Map(old.map((name, at) => [name, before[at]]));
  const present = new Set(now);
  const gone = old.filter((name) => !present.has(name));
  const stayed = old.filter((name) => present.has(name));
  const order = now.filter((name) => former.has(name));
  return [
    ...(stayed.every((name, at) => name === order[at]) ? [] : [{ path, before: stayed, after: order }]),
    ...gone.map((name) => ({ path: [...path, step(name)], ...defined({ before: former.get(name) }) })),
    ...now.flatMap((name, at) => changedValues(former.get(name), after[at], true, [...path, step(name)])),
  ];
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

/** An entry of a list by its own name, whatever its place. */
interface NamedEntry {
  entry: string;
}

/** A property path as Pulumi writes it, in parts: `policies.rules[0].days` is `["policies", "rules", 0, "days"]`. */
export type PathPart = string | number | NamedEntry;

/**
 * The property path of some parts; keys that are no plain words are quoted, and so are names of entries:
 * `tags["cost.center"]`, `images["orders/api"]`.
 */
export function formatPath(parts: readonly PathPart[]): string {
  return parts.reduce<string>((path, part) => {
    if (typeof part === "object") return `${path}[${JSON.stringify(part.entry)}]`;
    if (typeof part === "number" || part === "*") return `${path}[${part}]`;
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
  const same = (part: PathPart, other: PathPart | undefined): boolean =>
    part === "*" || (typeof part !== "object" && typeof other !== "object" && String(part) === String(other));
  return pattern.length <= path.length && pattern.every((part, at) => same(part, path[at]));
}

/** A quoted key is JSON where JSON can read it; a person's own escapes are taken literally. */
function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1).replace(/\\(.)/g, "$1");
  }
}
