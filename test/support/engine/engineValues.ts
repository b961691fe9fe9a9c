import type { Json } from "../../../src/base/json";
import { SECRET, UNKNOWN } from "../../../src/base/placeholders";
import { isSecret } from "./engineState";

/** How the engine writes what is unknown. Source: pulumi, pkg/resource/stack/deployment.go (computedValuePlaceholder). */
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value of the engine in the words of a recording: `[unknown]`, `[secret]`, keys sorted. */
export function asRecorded(value: unknown): Json {
  if (isSecret(value)) return SECRET;
  if (typeof value === "string") return value === UNKNOWN_TEXT ? UNKNOWN : value;
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(asRecorded);
  if (typeof value !== "object" || value === null) return null;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, inner]) => [key, asRecorded(inner)]));
}

/** The second with `[unknown]` wherever the first says so: what is left can be compared. */
export function unknownAsIn(recorded: Json | undefined, engine: Json): Json {
  if (recorded === UNKNOWN) return UNKNOWN;
  if (isList(recorded) && isList(engine)) return engine.map((item, index) => unknownAsIn(recorded[index], item));
  if (!isObject(recorded) || !isObject(engine)) return engine;
  return Object.fromEntries(Object.entries(engine).map(([key, inner]) => [key, unknownAsIn(recorded[key], inner)]));
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
