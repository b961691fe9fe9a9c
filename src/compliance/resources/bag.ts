import type { Known } from "../../domain/facts";

/** Properties of a resource: JSON, with {@link UNKNOWN_VALUE} where the engine does not know a value yet. */
export type Properties = Readonly<Record<string, unknown>>;

/** Stands for a value that is not known yet; the same text as in a recorded preview. */
export const UNKNOWN_VALUE = "[unknown]";

/**
 * One resource as the program's run or the engine's policy request gives it.
 * Identifiers, such as the registry a token is of, stand among the inputs alone: Azure does not answer them.
 */
export interface ResourceBag {
  /** Type token, such as `azure-native:containerregistry:Registry`. */
  type: string;
  name: string;
  /** Absent where nothing asks for it. */
  urn?: string;
  /** URN of the parent, or whatever stands for it; equal for siblings. */
  parent?: string;
  inputs: Properties;
  /** What the cloud answered; absent before it has. */
  outputs?: Properties;
  protect?: Known<boolean>;
  ignoreChanges?: readonly string[];
}

/** A value at a path, `unknown` where it or what it stands in is not known, undefined where there is none. */
export function read(properties: Properties, path: string): unknown {
  let value: unknown = properties;
  for (const key of path.split(".")) {
    if (value === UNKNOWN_VALUE) return "unknown";
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value === UNKNOWN_VALUE ? "unknown" : (value ?? undefined);
}

/** A text, or `unknown` where it is none. */
export function readText(properties: Properties, path: string): Known<string> {
  const value = read(properties, path);
  return typeof value === "string" ? value : "unknown";
}

/** A list, or `unknown` where it is none. */
export function readList(properties: Properties, path: string): Known<readonly unknown[]> {
  const value = read(properties, path);
  return Array.isArray(value) ? (value as readonly unknown[]) : "unknown";
}

/** True where a change of the property is ignored, so that what the program says of it is not what holds. */
function isKept({ ignoreChanges = [] }: ResourceBag, path: string): boolean {
  return ignoreChanges.some((kept) => kept === path || path.startsWith(`${kept}.`) || kept.startsWith(`${path}.`));
}

/**
 * A setting: what the cloud answered, else what the program says.
 *
 * @param absent what Azure takes where a program leaves it out; where the cloud has answered and left it out, it is
 *   unknown, and so it is where the program's word does not hold
 */
export function setting(resource: ResourceBag, path: string, absent: unknown): unknown {
  if (resource.outputs !== undefined) return read(resource.outputs, path) ?? "unknown";
  if (isKept(resource, path)) return "unknown";
  return read(resource.inputs, path) ?? absent;
}

/** A setting that is on or off in one of Azure's ways of saying so. */
export function flag(resource: ResourceBag, path: string, on: unknown, off: unknown, absent: unknown): Known<boolean> {
  const value = setting(resource, path, absent);
  const word = (one: unknown) => (typeof one === "string" ? one.toLowerCase() : one);
  if (word(value) === word(on)) return true;
  return word(value) === word(off) ? false : "unknown";
}
