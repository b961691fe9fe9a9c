import { reveal } from "./secrecy";
import { DEFAULTS, type Fields, isFields, isList, isSecret, type Value } from "./values";

/** One place where two sets of properties differ. */
export interface Change {
  /** As the engine writes it: `policies.retentionPolicy.days`, `actions[0]`. */
  path: string;
  /** The same in parts; positions in lists are left out. */
  names: readonly string[];
  kind: "add" | "delete" | "update";
}

/** True when nothing differs; marks of secrets do not count. Regions are equal in every spelling Azure takes. */
export function same(left: Value | undefined, right: Value | undefined, name = ""): boolean {
  if (left === undefined || right === undefined) return left === right;
  const one: Value = reveal(left);
  const other: Value = reveal(right);
  if (isList(one) && isList(other)) {
    return one.length === other.length && one.every((item, index) => same(item, other[index]));
  }
  if (isFields(one) && isFields(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every((inner) => inner === DEFAULTS || same(one[inner], other[inner], inner));
  }
  if (name === "location" && typeof one === "string" && typeof other === "string") {
    return region(one) === region(other);
  }
  return one === other;
}

/** A region as Azure compares it: `West Europe` is `westeurope`. */
export const region = (location: string): string => location.toLowerCase().replaceAll(" ", "");

/** Every place where the new properties differ from the old ones, as deep as it goes. */
export function changes(before: Fields, after: Fields): Change[] {
  return within(before, after, "", []);
}

function within(before: Fields, after: Fields, path: string, names: readonly string[]): Change[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => key !== DEFAULTS).sort();
  return keys.flatMap((key) => between(before[key], after[key], path === "" ? key : `${path}.${key}`, [...names, key]));
}

function between(
  before: Value | undefined,
  after: Value | undefined,
  path: string,
  names: readonly string[],
): Change[] {
  if (same(before, after, names.at(-1))) return [];
  if (before === undefined) return [{ path, names, kind: "add" }];
  if (after === undefined) return [{ path, names, kind: "delete" }];
  // What is inside a secret is not told apart: a path would say something of it.
  if (isSecret(before) || isSecret(after)) return [{ path, names, kind: "update" }];
  if (isFields(before) && isFields(after)) return within(before, after, path, names);
  if (isList(before) && isList(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }).flatMap((_, index) =>
      between(before[index], after[index], `${path}[${index}]`, names),
    );
  }
  return [{ path, names, kind: "update" }];
}

/**
 * The inputs after a refresh: what differs between the outputs of before and of now is carried over, and nothing else,
 * so that what the service fills in by itself does not become an input.
 */
export function carryOver(inputs: Fields, before: Fields, now: Fields): Fields {
  const result: Record<string, Value> = { ...inputs };
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const was: Value | undefined = before[name];
    const is: Value | undefined = now[name];
    const input: Value | undefined = inputs[name];
    if (same(was, is, name)) continue;
    if (is === undefined) Reflect.deleteProperty(result, name);
    else if (isFields(was) && isFields(is) && isFields(input)) result[name] = carryOver(input, was, is);
    else result[name] = is;
  }
  return result;
}
