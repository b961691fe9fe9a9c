import type { ConfigText } from "./configText";
import type { YamlValue } from "./yamlFile";
import { isMapping } from "./yamlFile";

/** A type that Pulumi.yaml declares for a key. */
export interface ConfigType {
  name: string;
  /** The type of an array's items. */
  items?: ConfigType;
  /** True when the value must be encrypted. */
  secret: boolean;
}

/** The type a declaration names; `undefined` when it names none. */
export function configType(declared: { [key: string]: YamlValue }): ConfigType | undefined {
  const { type, items, secret } = declared;
  if (typeof type !== "string") return undefined;
  const inner = isMapping(items) ? configType(items) : undefined;
  return { name: type, secret: secret === true, ...(inner === undefined ? {} : { items: inner }) };
}

/** What is wrong with a value of that type, as half a sentence; `undefined` when it fits. */
export function checkType(type: ConfigType | undefined, value: ConfigText): string | undefined {
  if (type === undefined) return undefined;
  if (type.secret && !value.secret) return "must be encrypted, Pulumi.yaml declares it secret";
  const content: unknown = value.structured ? JSON.parse(value.text) : value.text;
  return fits(type, content) ? undefined : `must be of type '${type.name}', as Pulumi.yaml declares`;
}

function fits(type: ConfigType, value: unknown): boolean {
  switch (type.name) {
    case "string":
      return typeof value === "string";
    case "integer":
      return typeof value === "string" ? /^[-+]?\d+$/.test(value) : Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false";
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "array": {
      const { items } = type;
      return Array.isArray(value) && items !== undefined && value.every((item) => fits(items, item));
    }
    default:
      return false;
  }
}
