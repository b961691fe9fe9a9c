import type { z } from "zod";
import { quotedValue } from "../text/quote";
import { decode } from "./decode";
import { meantKey, type Problem, showPath } from "./problems";

type Issue = z.core.$ZodIssue;

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    root,
  );
}

/**
 * Where the elements of lists stood before some of them were dropped: for each list that lost any, by its path as it was
 * before (as {@link showPath} shows it), the former index of each element that is left.
 */
export type FormerIndices = ReadonlyMap<string, readonly number[]>;

/** A path into what is left of a value, as it was before anything was dropped. */
export const formerPath = (path: string, former: FormerIndices): string =>
  path.split(/(\[\d+\])/).reduce((before, part) => {
    const at = /^\[(\d+)\]$/.exec(part)?.[1];
    return before + (at === undefined ? part : `[${former.get(before)?.[Number(at)] ?? at}]`);
  }, "");

/** The value without what stands at the given paths; an array loses the element, which `former` is told of. */
function without(
  root: unknown,
  paths: readonly (readonly PropertyKey[])[],
  former: Map<string, readonly number[]>,
  at: readonly PropertyKey[],
): unknown {
  if (paths.some((path) => path.length === 0)) return undefined;
  if (typeof root !== "object" || root === null) return root;
  const below = new Map<PropertyKey, (readonly PropertyKey[])[]>();
  for (const [key, ...rest] of paths) {
    if (key === undefined) continue;
    below.set(key, [...(below.get(key) ?? []), rest]);
  }
  const kept = (key: PropertyKey, value: unknown, was = key) => {
    const inner = below.get(key);
    return inner ? without(value, inner, former, [...at, was]) : value;
  };
  if (Array.isArray(root)) {
    const indices = former.get(showPath(at)) ?? root.map((_, index) => index);
    const values = root.map((value, index) => kept(index, value, indices[index]));
    former.set(
      showPath(at),
      indices.filter((_, index) => values[index] !== undefined),
    );
    return values.filter((value) => value !== undefined);
  }
  return Object.fromEntries(
    Object.entries(root)
      .map(([key, value]) => [key, kept(key, value)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

/** The paths to drop for an issue: what is wrong, what is too many, or the parent of something that is missing. */
function offending(issue: Issue, raw: unknown): (readonly PropertyKey[])[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => [...issue.path, key]);
  const value = valueAt(raw, issue.path);
  if (issue.code === "too_big" && Array.isArray(value)) {
    const most = Number(issue.maximum);
    return value.slice(most).map((_, beyond) => [...issue.path, most + beyond]);
  }
  return [value === undefined ? issue.path.slice(0, -1) : issue.path];
}

/** An address may carry a password, and in place of a public key there may stand a private one. */
function shownAs(name: PropertyKey | undefined, value: unknown): string {
  if (name === "url") return "the address";
  if (name === "key") return "the key";
  return JSON.stringify(value).includes("PRIVATE KEY") ? "the value" : quotedValue(value);
}

function describe(issue: Issue, raw: unknown, key: string, file: string): Problem[] {
  const at = (path: readonly PropertyKey[]) => showPath([key, ...path]);
  if (issue.code === "unrecognized_keys") {
    const advice = issue.message.split("\n");
    return issue.keys.map((unknown, index) => {
      const meant = /^did you mean `(.+)`\?$/.exec(advice[index] ?? "")?.[1];
      const problem = { file, path: at([...issue.path, unknown]), what: "no such key", allowed: advice[index] ?? "" };
      return meant === undefined ? problem : { ...problem, meant: at([...issue.path, meant]) };
    });
  }
  const problem = (what: string) => [{ file, path: at(issue.path), what, allowed: issue.message }];
  if (issue.code === "invalid_key") return problem(`the name ${quotedValue(issue.path.at(-1))} is not allowed`);
  const value = valueAt(raw, issue.path);
  if (value === undefined) return problem("missing");
  return problem(value === null ? "has no value" : `${shownAs(issue.path.at(-1), value)} is not allowed`);
}

/** True where the value as a whole is not of an alternative: a text where it has keys, or another word. */
const isOther = (issues: readonly Issue[]) =>
  issues.some(({ path, code }) => path.length === 0 && (code === "invalid_type" || code === "invalid_value"));

/**
 * The issues of the one alternative that a value was meant to be, in place of "none of the alternatives"; the issue
 * itself where that cannot be told. A misspelt discriminator is told as the key that it is.
 */
function meantAlternative(issue: Issue, raw: unknown): Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const alternatives = issue.errors
    .filter((issues) => !isOther(issues))
    .map((issues) => flatten(issues, valueAt(raw, issue.path)))
    .sort((a, b) => a.length - b.length);
  const [first, second] = alternatives;
  if (first !== undefined && first.length !== second?.length) {
    return first.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  const name = issue.path.at(-1);
  const [parent, value] = [issue.path.slice(0, -1), valueAt(raw, issue.path)];
  const holder = valueAt(raw, parent);
  if (value !== undefined || typeof name !== "string" || typeof holder !== "object" || holder === null) return [issue];
  const misspelt = Object.keys(holder).find((key) => meantKey(key, [name]) !== undefined);
  if (misspelt === undefined) return [issue];
  return [{ code: "unrecognized_keys", keys: [misspelt], path: parent, message: `did you mean \`${name}\`?` }];
}

/** The issues that are told: of a misspelt key alone, not also that the right one is missing. */
function flatten(issues: readonly Issue[], raw: unknown): Issue[] {
  const found = issues.flatMap((issue) => meantAlternative(issue, raw));
  // What is of another type is measured as well, and then too long for a list.
  const mistyped = found.filter(({ code }) => code === "invalid_type").map(({ path }) => showPath(path));
  const all = found.filter(({ code, path }) => code === "invalid_type" || !mistyped.includes(showPath(path)));
  const missing = all.filter(({ path }) => path.length > 0 && valueAt(raw, path) === undefined);
  const misspelt = all.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [];
    const beside = missing.filter(({ path }) => showPath(path.slice(0, -1)) === showPath(issue.path));
    return issue.keys.flatMap((key) => {
      const name = meantKey(
        key,
        beside.map(({ path }) => String(path.at(-1))),
      );
      return beside.filter(({ path }) => path.at(-1) === name);
    });
  });
  return all.filter((issue) => !misspelt.includes(issue));
}

/** A decoded value, as far as it could be, and everything that is wrong with it. */
export interface Salvaged<T> {
  value: T | undefined;
  problems: Problem[];
  former: FormerIndices;
}

/**
 * Decodes, and where that fails drops what is wrong and decodes the rest, so that checks across facts still see it and
 * one report holds everything.
 *
 * @param key the configuration key, first part of every path
 * @param file the file named in the problems
 */
export function salvage<T>(schema: z.ZodType<T>, raw: unknown, key: string, file: string): Salvaged<T> {
  const first = decode(schema, raw);
  if (first.success) return { value: first.data, problems: [], former: new Map() };
  const problems = flatten(first.error.issues, raw).flatMap((issue) => describe(issue, raw, key, file));
  let rest = raw;
  const former = new Map<string, readonly number[]>();
  let issues: Issue[] = first.error.issues;
  // Each round drops at least one level, so a value of depth n is done after n rounds at the latest.
  for (let round = 0; round < 16; round++) {
    const current = rest;
    const paths = issues.flatMap((issue) => offending(issue, current));
    rest = without(current, paths, former, [key]);
    const again = decode(schema, rest);
    if (again.success) return { value: again.data, problems, former };
    if (rest === undefined) break;
    issues = again.error.issues;
  }
  return { value: undefined, problems, former };
}
