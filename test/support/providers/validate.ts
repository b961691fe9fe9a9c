import type { PropertySpec, ResourceSpec } from "./constraints";
import { DEFAULTS, type Fields, inside, isFields, isList, isSecret, type Secret, UNKNOWN, type Value } from "./values";

/** Marks what a real provider lets pass in a preview: the service refuses it at up. */
export const LATE = "(the real provider finds this only at up)";

/** One reason to refuse. */
export interface Problem {
  property: string;
  reason: string;
}

/** How the real provider treats what is wrong. */
export interface ProviderManners {
  /** Appended when a property is not known. */
  unknownProperty: string;
  /** Words that are not in the list, and booleans in the wrong place, are left to the service. */
  leavesToService: boolean;
}

/** Says of every property whether it may stand there; what is unknown is not judged. */
export function validate(spec: ResourceSpec, inputs: Fields, manners: ProviderManners): Problem[] {
  const found: Problem[] = [];
  const report = (property: string, reason: string, mark = "") =>
    found.push({ property, reason: `'${property}' ${reason}${mark === "" ? "" : ` ${mark}`}` });
  const soft = manners.leavesToService ? LATE : "";

  const fieldsOf = (specs: Readonly<Record<string, PropertySpec>>, fields: Fields, path: string, hidden: boolean) => {
    const at = (name: string) => (path === "" ? name : `${path}.${name}`);
    for (const [name, inner] of Object.entries(specs)) {
      if (fields[name] !== undefined) property(inner, fields[name], at(name), hidden);
      else if (inner.required === true) report(at(name), "is missing and required");
    }
    for (const name of Object.keys(fields)) {
      if (!Object.hasOwn(specs, name) && name !== DEFAULTS)
        report(at(name), "is no property of this type", manners.unknownProperty);
    }
  };

  const property = (of: PropertySpec, value: Value, path: string, hidden: boolean): void => {
    if (value === UNKNOWN) return;
    if (isSecret(value)) {
      property(of, inside(value), path, true);
      return;
    }
    const is = kindOf(value);
    const wanted = of.type === "integer" ? "number" : of.type;
    if (is !== wanted) {
      const mark = is === "boolean" || is === "object" ? soft : "";
      return void report(path, `takes ${of.type} and got ${is}`, mark);
    }
    if (typeof value === "string") text(of, value, path, hidden);
    else if (typeof value === "number") number(of, value, path, hidden);
    else if (isList(value)) list(of, value, path, hidden);
    else if (isFields(value)) object(of, value, path, hidden);
  };

  const text = (of: PropertySpec, value: string, path: string, hidden: boolean) => {
    const shown = hidden ? "[secret]" : JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
    const mark = of.late === true ? LATE : "";
    if (of.enum !== undefined && !of.enum.includes(value)) {
      report(path, `is ${shown}: one of ${of.enum.join(", ")} is taken`, mark || soft);
    }
    if (of.minLength !== undefined && value.length < of.minLength) {
      report(path, `is ${shown}, ${value.length} characters long: at least ${of.minLength} are needed`, mark);
    }
    if (of.maxLength !== undefined && value.length > of.maxLength) {
      report(path, `is ${shown}, ${value.length} characters long: at most ${of.maxLength} are taken`, mark);
    }
    if (of.pattern !== undefined && !new RegExp(of.pattern).test(value)) {
      report(path, `is ${shown}: it must match ${of.pattern}`, mark);
    }
  };

  const number = (of: PropertySpec, value: number, path: string, hidden: boolean) => {
    const shown = hidden ? "[secret]" : String(value);
    const mark = of.late === true ? LATE : "";
    if (of.type === "integer" && !Number.isInteger(value)) report(path, `is ${shown}: it must be a whole number`);
    if (of.minimum !== undefined && value < of.minimum) report(path, `is ${shown}: at least ${of.minimum}`, mark);
    if (of.maximum !== undefined && value > of.maximum) report(path, `is ${shown}: at most ${of.maximum}`, mark);
  };

  const many = (of: PropertySpec, count: number, path: string) => {
    if (of.maxItems === undefined || count <= of.maxItems) return;
    report(path, `has ${count} entries: at most ${of.maxItems} are taken`, of.late === true ? LATE : "");
  };

  const list = (of: PropertySpec, value: readonly Value[], path: string, hidden: boolean) => {
    many(of, value.length, path);
    value.forEach((item, index) => {
      if (of.items !== undefined) property(of.items, item, `${path}[${index}]`, hidden);
    });
  };

  const object = (of: PropertySpec, value: Fields, path: string, hidden: boolean) => {
    if (of.properties !== undefined) {
      fieldsOf(of.properties, value, path, hidden);
      return;
    }
    const entries = Object.entries(value);
    many(of, entries.length, path);
    for (const [key, inner] of entries) {
      if (of.keyMaxLength !== undefined && key.length > of.keyMaxLength) {
        report(path, `has a key of ${key.length} characters: at most ${of.keyMaxLength} are taken`, LATE);
      }
      if (of.values !== undefined) property(of.values, inner, `${path}.${key}`, hidden);
    }
  };

  fieldsOf(spec.properties, inputs, "", false);
  return found;
}

function kindOf(value: Exclude<Value, Secret | typeof UNKNOWN>): string {
  if (value === null) return "null";
  return isList(value) ? "array" : typeof value;
}
