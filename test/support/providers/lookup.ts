import { inside, isSecret, isFields, isList, type Fields, type Plain, type PlainFields, type Value } from "./values";

/** The value at a dotted path, out of whatever secret it is in; positions of lists are numbers. */
export function at(inputs: Fields, path: string): Value | undefined {
  return walk(inputs, path).value;
}

/** The same as a message may show it. */
export function shown(inputs: Fields, path: string): string {
  const { value, hidden } = walk(inputs, path);
  return hidden ? "[secret]" : JSON.stringify(value);
}

function walk(inputs: Fields, path: string): { value: Value | undefined; hidden: boolean } {
  let value: Value | undefined = inputs;
  let hidden = false;
  const open = () => {
    while (isSecret(value)) {
      hidden = true;
      value = inside(value);
    }
  };
  for (const part of path.split(".")) {
    value = isFields(value) ? value[part] : isList(value) ? value[Number(part)] : undefined;
    open();
  }
  return { value, hidden };
}

/** Text at a path of what a cloud stores; empty when there is none. */
export function textAt(inputs: PlainFields, path: string): string {
  const value = at(inputs, path);
  return typeof value === "string" ? value : "";
}

/** Entries of a list at a path of what a cloud stores. */
export function listAt(inputs: PlainFields, path: string): readonly Plain[] {
  const parts = path.split(".");
  let value: Plain | undefined = inputs;
  for (const part of parts) value = isPlainFields(value) ? value[part] : undefined;
  return Array.isArray(value) ? (value as readonly Plain[]) : [];
}

/** True for an object with fields. */
export function isPlainFields(value: Plain | undefined): value is PlainFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
