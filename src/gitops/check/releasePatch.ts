import { isDeepStrictEqual } from "node:util";
import { fieldsOf, isObject, textAt } from "../../base/json";
import { Ambiguous, documentsOf } from "./objects";
import { HAS_ALIASES } from "./patch";

/** A patch of Kustomize's that is for releases of Flux alone, and is applied as Kustomize applies it. */
export interface ReleasePatch {
  /** Which releases; absent: every one. */
  name?: string;
  namespace?: string;
  /** @returns the release with the patch; undefined where Kustomize would not take it */
  apply(release: unknown): unknown;
}

/** A name that a pattern takes for itself alone. */
const PLAIN_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const GROUP = "helm.toolkit.fluxcd.io";
/** Fields of a target that are looked at; by labels and annotations nobody chooses here. Source: kustomize, types.Selector. */
const SELECTED = ["group", "version", "kind", "name", "namespace"];
/** Instructions in a patch, and keys that are none. Source: Kubernetes, "Strategic Merge Patch". */
const REFUSED_KEY = /^\$|^(?:__proto__|constructor|prototype)$/;
const DEEPEST = 64;

/**
 * The patches of a text that change releases of Flux and nothing else: strategic merge patches, which merge maps and replace
 * lists in objects that Kustomize has no schema of, and documents of RFC 6902.
 *
 * @param target of its entry in the kustomization, where its own kind and name do not say what it is for
 * @returns undefined for a text with anything else, which is not looked into
 */
export function releasePatches(text: string, target: unknown): ReleasePatch[] | undefined {
  if (HAS_ALIASES.test(text)) return undefined;
  const patches = documentsOf(text)
    ?.filter((document) => document !== null && document !== undefined)
    .map((document) => (Array.isArray(document) ? jsonPatch(document, target) : mergePatch(document, target)));
  if (patches === undefined || patches.length === 0) return undefined;
  const understood = patches.flatMap((patch) => patch ?? []);
  return understood.length === patches.length ? understood : undefined;
}

/** Which releases a target chooses; undefined where it may choose others, or is a pattern. */
function chosen(target: unknown): Pick<ReleasePatch, "name" | "namespace"> | undefined {
  if (!isObject(target) || Object.keys(target).some((key) => !SELECTED.includes(key))) return undefined;
  if (target["kind"] !== "HelmRelease" || (target["group"] ?? GROUP) !== GROUP) return undefined;
  const named: Pick<ReleasePatch, "name" | "namespace"> = {};
  for (const key of ["name", "namespace"] as const) {
    const value = target[key];
    if (value === undefined) continue;
    if (typeof value !== "string" || !PLAIN_NAME.test(value)) return undefined;
    named[key] = value;
  }
  return named;
}

function mergePatch(patch: unknown, target: unknown): ReleasePatch | undefined {
  if (!isObject(patch) || !isMergeable(patch, 0)) return undefined;
  const isRelease = patch["kind"] === "HelmRelease" && textAt(patch, "apiVersion")?.startsWith(`${GROUP}/`) === true;
  const [name, namespace] = [textAt(patch, "metadata", "name"), textAt(patch, "metadata", "namespace")];
  const own = isRelease && name !== undefined ? { name, ...(namespace !== undefined && { namespace }) } : undefined;
  const which = target === undefined ? own : chosen(target);
  if (which === undefined) return undefined;
  // What says which object it is stays that object's.
  const labels = without(fieldsOf(patch["metadata"]), ["name", "namespace"]);
  const rest = without(patch, ["apiVersion", "kind", "metadata"]);
  const changes = { ...rest, ...(Object.keys(labels).length > 0 && { metadata: labels }) };
  return { ...which, apply: (release) => merged(release, changes) };
}

const without = (fields: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)));

/** False for an instruction, which means more than its value, and for what nests too deeply. */
function isMergeable(value: unknown, depth: number): boolean {
  if (depth > DEEPEST) return false;
  if (value instanceof Ambiguous || typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, inner]) => !REFUSED_KEY.test(key) && isMergeable(inner, depth + 1));
}

/** A map that others are merged into; a value that readers differ about is none. */
const isMap = (value: unknown): value is Record<string, unknown> => isObject(value) && !(value instanceof Ambiguous);

function merged(base: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Record<string, unknown> = isMap(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = merged(result[key], value);
  }
  return result;
}

/** One operation of RFC 6902: all but those that read from elsewhere in the object. */
interface Operation {
  op: "add" | "replace" | "remove" | "test";
  keys: readonly string[];
  value: unknown;
}

function jsonPatch(document: readonly unknown[], target: unknown): ReleasePatch | undefined {
  const which = chosen(target);
  const operations = document.map(operationOf);
  const known = operations.flatMap((operation) => operation ?? []);
  if (which === undefined || known.length < operations.length) return undefined;
  return {
    ...which,
    apply: (release) =>
      known.reduce<unknown>((value, one) => (value === undefined ? undefined : changed(value, one.keys, one)), release),
  };
}

function operationOf(operation: unknown): Operation | undefined {
  const { op, path, value } = fieldsOf(operation);
  if (op !== "add" && op !== "replace" && op !== "remove" && op !== "test") return undefined;
  if (typeof path !== "string" || !path.startsWith("/") || !isMergeable(value, 0)) return undefined;
  if (op !== "remove" && value === undefined) return undefined;
  // Source: RFC 6901, 4.
  const keys = path
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (keys.length > DEEPEST || keys.some((key) => REFUSED_KEY.test(key))) return undefined;
  // Another name, kind or version makes another object of it.
  if (["kind", "apiVersion"].includes(keys[0] ?? "") || /^metadata,(?:name|namespace)(?:,|$)/.test(keys.join()))
    return undefined;
  return keys[0] === "metadata" && keys.length === 1 ? undefined : { op, keys, value };
}

/** @returns the value with the change; undefined where there is no such place */
function changed(value: unknown, [key = "", ...rest]: readonly string[], operation: Operation): unknown {
  if (Array.isArray(value)) return changedList(value, key, rest, operation);
  if (!isMap(value)) return undefined;
  const isThere = Object.hasOwn(value, key);
  if (rest.length > 0) {
    const inner = isThere ? changed(value[key], rest, operation) : undefined;
    return inner === undefined ? undefined : { ...value, [key]: inner };
  }
  if (operation.op === "test") return isThere && isDeepStrictEqual(value[key], operation.value) ? value : undefined;
  if (operation.op !== "add" && !isThere) return undefined;
  if (operation.op !== "remove") return { ...value, [key]: operation.value };
  return without(value, [key]);
}

function changedList(list: readonly unknown[], key: string, rest: readonly string[], operation: Operation): unknown {
  const end = operation.op === "add" && rest.length === 0 ? list.length : list.length - 1;
  const at = key === "-" && operation.op === "add" && rest.length === 0 ? list.length : Number(key);
  if (!/^(?:0|[1-9]\d{0,5}|-)$/.test(key) || !(at <= end)) return undefined;
  const before = list.slice(0, at);
  if (rest.length > 0) {
    const inner = changed(list[at], rest, operation);
    return inner === undefined ? undefined : [...before, inner, ...list.slice(at + 1)];
  }
  if (operation.op === "test") return isDeepStrictEqual(list[at], operation.value) ? list : undefined;
  if (operation.op === "add") return [...before, operation.value, ...list.slice(at)];
  return operation.op === "replace"
    ? [...before, operation.value, ...list.slice(at + 1)]
    : [...before, ...list.slice(at + 1)];
}
