import { ListValue, Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { SIGNATURE, SIGNATURES, UNKNOWN_VALUE } from "./wire";

/** A wire value for a string. */
export function stringValue(text: string): Value {
  const value = new Value();
  value.setStringValue(text);
  return value;
}

/**
 * An object whose every property is unknown. The key itself is the unknown value: childPreload.mjs recognises
 * it in the child; a runtime without that patch still sees an object that contains an unknown.
 */
export function unknownObject(): Struct {
  return structOf([[UNKNOWN_VALUE, stringValue(UNKNOWN_VALUE)]]);
}

/** A properties bag of the given fields. */
export function structOf(fields: Iterable<readonly [string, Value]>): Struct {
  const struct = new Struct();
  for (const [key, value] of fields) struct.getFieldsMap().set(key, value);
  return struct;
}

/**
 * The state of a StackReference as the engine answers it.
 *
 * @param name the reference as the program wrote it
 * @param outputs the referenced stack's outputs as they came over the wire, secrets wrapped; `undefined` when another
 *   project's stack is meant, whose outputs are unknown here
 */
export function stackReferenceState(name: string, outputs: Struct | undefined): Struct {
  const state = structOf([["name", stringValue(name)]]).getFieldsMap();
  if (outputs === undefined) {
    state.set("outputs", stringValue(UNKNOWN_VALUE));
    state.set("secretOutputNames", stringValue(UNKNOWN_VALUE));
  } else {
    state.set("outputs", new Value().setStructValue(outputs));
    state.set("secretOutputNames", new Value().setListValue(secretNames(outputs)));
  }
  return structOf(state.entries());
}

function secretNames(outputs: Struct): ListValue {
  const names: string[] = [];
  outputs.getFieldsMap().forEach((value, key) => {
    if (holdsSecret(value)) names.push(key);
  });
  return new ListValue().setValuesList(names.sort().map(stringValue));
}

/** True when the value is, or anywhere contains, a secret. */
function holdsSecret(value: Value): boolean {
  if (value.hasListValue()) return (value.getListValue()?.getValuesList() ?? []).some(holdsSecret);
  const fields = value.getStructValue()?.getFieldsMap();
  if (fields === undefined) return false;
  if (fields.get(SIGNATURE)?.getStringValue() === SIGNATURES.secret) return true;
  return [...fields.entries()].some(([, inner]) => holdsSecret(inner));
}
