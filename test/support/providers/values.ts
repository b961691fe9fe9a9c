import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { UNKNOWN as UNKNOWN_TEXT } from "../../../src/base/placeholders";
import { decodeString, SIGNATURE, SIGNATURES, UNKNOWN_VALUE } from "../../../src/preview/record/wire";

const INSIDE: unique symbol = Symbol("inside");

/** A value that is marked as secret on the wire. Printing one never shows what is in it. */
export interface Secret {
  readonly [INSIDE]: () => Value;
  toJSON(): string;
}

/** Marks a value as secret. */
export const secretOf = (value: Value): Secret => ({ [INSIDE]: () => value, toJSON: () => "[secret]" });

/** What is inside a secret. */
export const inside = (secret: Secret): Value => secret[INSIDE]();

/** True for a secret. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && INSIDE in value;
}

/** A value that a preview does not know yet. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** Where a bridged provider keeps the names of the inputs that it filled in itself. Nothing of it is a property. */
export const DEFAULTS = "__defaults";

/** A value without what a bridged provider filled in itself, at any depth. */
export function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null || INSIDE in value) return value;
  const names: unknown = Reflect.get(value, DEFAULTS);
  const filled: readonly unknown[] = Array.isArray(names) ? [DEFAULTS, ...(names as unknown[])] : [];
  const entries = Object.entries(value).filter(([name]) => !filled.includes(name));
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutDefaults(inner)]));
}

/** What the provider protocol carries. */
export type Value = null | boolean | number | string | typeof UNKNOWN | Secret | readonly Value[] | Fields;

/** Properties by name. */
export interface Fields {
  readonly [name: string]: Value;
}

/** What a cloud stores: no marks, nothing unknown. */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainFields;

/** Plain properties by name. */
export interface PlainFields {
  readonly [name: string]: Plain;
}

type Json = ReturnType<Struct["toJavaScript"]>[string];

/** True for an object with fields, and for nothing else. */
export function isFields(value: Value | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isSecret(value);
}

/** True for a list. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** The properties of a message; what is null counts as not given. */
export function decode(struct: Struct | undefined): Fields {
  return struct === undefined ? {} : decodeFields(struct.toJavaScript());
}

function decodeFields(fields: Record<string, Json>): Fields {
  const given = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([name, value]) => [name, decodeValue(value)]));
}

function decodeValue(value: Json): Value {
  if (typeof value === "string") {
    return value !== UNKNOWN_TEXT && decodeString(value) === UNKNOWN_TEXT ? UNKNOWN : value;
  }
  if (Array.isArray(value)) return value.map(decodeValue);
  if (typeof value !== "object" || value === null) return value;
  const fields: Record<string, Json> = { ...value };
  switch (fields[SIGNATURE]) {
    case SIGNATURES.secret:
      return secretOf(decodeValue(fields["value"] ?? null));
    case SIGNATURES.output: {
      const inner = fields["value"] === undefined ? UNKNOWN : decodeValue(fields["value"]);
      return fields["secret"] === true ? secretOf(inner) : inner;
    }
    case SIGNATURES.resource:
      return typeof fields["id"] === "string" ? decodeValue(fields["id"]) : UNKNOWN;
    default:
      return decodeFields(fields);
  }
}

/** Properties as a message, with the marks of secrets and unknown values. */
export function encode(fields: Fields): Struct {
  const json: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) json[name] = encodeValue(value);
  return Struct.fromJavaScript(json);
}

function encodeValue(value: Value): Json {
  if (value === UNKNOWN) return UNKNOWN_VALUE;
  if (isSecret(value)) return { [SIGNATURE]: SIGNATURES.secret, value: encodeValue(inside(value)) };
  if (isList(value)) return value.map(encodeValue);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, encodeValue(inner)]));
}
