import { isObject, textAt } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { Ambiguous, documentsOf, type ObjectIndex, type RepositoryObject } from "./objects";
import type { Release, ValuesReference } from "./release";

/** Values of a chart. */
export type Values = Readonly<Record<string, unknown>>;

/** Values in all, with aliases followed, and how deep they nest: an anchor of anchors is refused before it costs time. */
const LIMITS = { count: 200_000, depth: 64 } as const;

const TOO_MANY = `more than ${LIMITS.count} values, or too deep`;

/** Values as plain data of their own; or why they are not to be read, in words. */
function bounded(values: unknown): Values | string {
  let count = 0;
  const copy = (value: unknown, depth: number): unknown => {
    if (++count > LIMITS.count || depth > LIMITS.depth) throw new RangeError(TOO_MANY);
    if (Array.isArray(value)) return value.map((item: unknown) => copy(item, depth + 1));
    if (value instanceof Ambiguous)
      throw new RangeError(
        `${quoted(String(value))} has two readings; write it in quotes, or as true, false or a plain number`,
      );
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner, depth + 1)]));
  };
  try {
    const copied = copy(values, 0);
    return isObject(copied) ? copied : "no values of a chart";
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** Both together; where both have a value the second one's counts, but for objects, which are merged. Source: fluxcd/pkg, transform.MergeMaps. */
export function mergeValues(base: Values, over: Values): Values {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const before = merged.get(key);
    merged.set(key, isObject(before) && isObject(value) ? mergeValues(before, value) : value);
  }
  return Object.fromEntries(merged);
}

/** A path of keys alone: with lists and escapes nothing is read. */
const PLAIN_PATH = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
/** What Helm reads as something else than a text or a number: lists, several values, escapes. */
const NOT_PLAIN = /[,{}[\]\\\n]/;

/** One value at a path, typed as Helm's `--set` does it; undefined where that would need its whole grammar. Source: helm, pkg/strvals. */
function valueAt(path: string, text: string, literal: boolean): Values | undefined {
  if (!PLAIN_PATH.test(path) || (!literal && NOT_PLAIN.test(text))) return undefined;
  const quotes = /^(["'])(.*)\1$/.exec(text);
  const value = literal ? text : quotes ? (quotes[2] ?? "") : typed(text);
  const [last = "", ...keys] = path.split(".").reverse();
  return keys.reduce<Values>((inner, key) => Object.fromEntries([[key, inner]]), Object.fromEntries([[last, value]]));
}

function typed(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return /^(?:0|-?[1-9]\d{0,15})$/.test(text) ? Number(text) : text;
}

/** What a reference holds; or why it cannot be told. */
function textOf(object: RepositoryObject, { kind, name, valuesKey }: ValuesReference): { text: string } | string {
  if (isObject(object.value["sops"])) return `${kind} ${name} is encrypted`;
  const plain = textAt(object.value, kind === "Secret" ? "stringData" : "data", valuesKey);
  if (plain !== undefined) return { text: plain };
  const coded = kind === "Secret" ? textAt(object.value, "data", valuesKey) : undefined;
  if (coded !== undefined) return { text: Buffer.from(coded, "base64").toString("utf8") };
  return `${kind} ${name} has no key ${valuesKey} in this repository`;
}

/** @returns the values of a file; or why they are not to be read, in words */
export function readValues(text: string): Values | string {
  const documents = documentsOf(text);
  return documents?.length === 0 ? {} : bounded(documents?.[0]);
}

function readReference(
  reference: ValuesReference,
  { file, metadata: { namespace } }: Release,
  index: ObjectIndex,
): { values: (before: Values) => Values } | string {
  const { kind, name, targetPath, literal } = reference;
  const object = index.find({ kind, name, namespace }, file);
  if (typeof object === "string") return object;
  const found = textOf(object, reference);
  if (typeof found === "string") return found;
  const where = `${kind} ${name}, key ${reference.valuesKey}`;
  if (targetPath !== undefined) {
    const one = valueAt(targetPath, found.text, literal);
    return one
      ? { values: (before) => mergeValues(before, one) }
      : `${where}: targetPath ${quoted(targetPath)} is not read`;
  }
  const values = readValues(found.text);
  return typeof values === "string" ? `${where}: ${values}` : { values: (before) => mergeValues(before, values) };
}

/** The values of a release as Flux puts them together, with what is missing of them. */
export interface ReleaseValues {
  values: Values;
  /** Why some are not known, in words. */
  missing: readonly string[];
}

/**
 * Values from references in their order, the later over the earlier, and the release's own over all. What stands in the
 * cluster alone is missing, whether it is optional or not: nobody can tell from here what it holds.
 */
export function valuesOf(release: Release, index: ObjectIndex): ReleaseValues {
  const missing: string[] = [];
  let values: Values = {};
  for (const reference of release.spec.valuesFrom ?? []) {
    const read = readReference(reference, release, index);
    if (typeof read === "string") missing.push(read);
    else values = read.values(values);
  }
  const own = bounded(release.spec.values ?? {});
  if (typeof own === "string") missing.push(`spec.values: ${own}`);
  return { values: typeof own === "string" ? values : mergeValues(values, own), missing };
}
