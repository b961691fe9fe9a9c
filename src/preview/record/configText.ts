import { SECRET } from "../recording";
import type { YamlValue } from "./yamlFile";
import { isMapping, YamlTime } from "./yamlFile";

/** One configuration value as a program gets it: text, and whether it holds a secret. */
export interface ConfigText {
  text: string;
  secret: boolean;
  /** True when the text is JSON of a list or mapping. */
  structured: boolean;
}

/**
 * A YAML value as the text Pulumi hands to the program: scalars as strings, lists and mappings as JSON with sorted keys.
 * `{ secure: ... }` anywhere makes the whole value secret and reads `[secret]`: nothing is decrypted.
 */
export function configText(value: YamlValue): ConfigText {
  const found = { secret: false };
  const structured = typeof value === "object" && value !== null && !(value instanceof YamlTime) && !isSecure(value);
  const text = structured ? toJson(value, found) : scalarText(value, found);
  return { text, secret: found.secret, structured };
}

function scalarText(value: YamlValue, found: { secret: boolean }): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (value instanceof YamlTime) return value.text;
  if (isSecure(value)) {
    found.secret = true;
    return SECRET;
  }
  return toJson(value, found);
}

/** A mapping whose only key is `secure`, with a text: what `pulumi config set --secret` writes. */
function isSecure(value: YamlValue): boolean {
  return isMapping(value) && Object.keys(value).length === 1 && typeof value["secure"] === "string";
}

/** JSON as Go's encoder writes it, which is what programs get: sorted keys, exact integers, `<`, `>` and `&` escaped. */
function toJson(value: YamlValue, found: { secret: boolean }): string {
  if (Array.isArray(value)) return `[${value.map((item) => toJson(item, found)).join(",")}]`;
  if (value instanceof YamlTime) return quote(value.text);
  if (isSecure(value)) {
    found.secret = true;
    return quote(SECRET);
  }
  if (isMapping(value)) {
    const pairs = Object.keys(value)
      .sort()
      .map((key) => `${quote(key)}:${toJson(value[key] ?? null, found)}`);
    return `{${pairs.join(",")}}`;
  }
  return typeof value === "string" ? quote(value) : typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

/** A JSON text as Go's encoder writes it. */
export function quote(text: string): string {
  const escape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, escape);
}
