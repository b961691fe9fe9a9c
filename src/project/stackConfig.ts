import { join } from "node:path";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { textAt } from "../base/json";
import { SECRET } from "../base/placeholders";
import { fullKey } from "./configKey";
import { type ProjectFile, stageFileName } from "./projectFile";
import { isMapping, placeOf, readYamlFile, stackConfigOf, type YamlFile, YamlTime, type YamlValue } from "./yamlFile";

/** One configuration value as a program gets it: text, and whether it holds a secret. */
interface ConfigText {
  text: string;
  secret: boolean;
  /** True when the text is JSON of a list or mapping. */
  structured: boolean;
}

/**
 * A YAML value as the text Pulumi hands to the program: scalars as strings, lists and mappings as JSON with sorted keys.
 * `{ secure: ... }` anywhere makes the whole value secret and reads `[secret]`: nothing is decrypted.
 */
function configText(value: YamlValue): ConfigText {
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
function quote(text: string): string {
  const escape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, escape);
}

/** A type that Pulumi.yaml declares for a key. */
interface ConfigType {
  name: string;
  /** The type of an array's items. */
  items?: ConfigType;
  /** True when the value must be encrypted. */
  secret: boolean;
}

/** The type a declaration names; `undefined` when it names none. */
function configType(declared: { [key: string]: YamlValue }): ConfigType | undefined {
  const { type, items, secret } = declared;
  if (typeof type !== "string") return undefined;
  const inner = isMapping(items) ? configType(items) : undefined;
  return { name: type, secret: secret === true, ...defined({ items: inner }) };
}

/** What is wrong with a value of that type, as half a sentence; `undefined` when it fits. */
function checkType(type: ConfigType | undefined, value: ConfigText): string | undefined {
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

/** The configuration as it is handed to the program's process. */
export interface StackConfig {
  /** JSON of `<namespace>:config:<name>` to text, keys sorted. */
  config: string;
  /** JSON list of `<namespace>:<name>`, sorted. */
  secretKeys: string;
  /** The same by `<namespace>:<name>`; what is encrypted reads `[secret]`. */
  values: Readonly<Record<string, string>>;
  /** Keys of which something is encrypted, sorted. */
  secrets: readonly string[];
}

/** The longest `NAME=value` Linux hands to a process (MAX_ARG_STRLEN, 32 pages, less the closing zero byte). */
const LONGEST_VARIABLE = 131_071;

/**
 * A stage's configuration as Pulumi merges it: what the stack file says, and for keys it does not have at all what
 * Pulumi.yaml says. Secrets are not decrypted, they read `[secret]` and their keys are secret.
 *
 * @throws DualRegistryError CONFIG_INVALID naming file and line: no such file, no YAML, a key or value Pulumi would not
 *   take, or more configuration than one environment variable holds
 */
export function readStackConfig(project: ProjectFile, stack: string): StackConfig {
  const file = readYamlFile(join(project.stackDir, stageFileName(stack)));
  if (file.content["environment"] !== undefined) {
    const problem = "imports of environments cannot be resolved offline: set the values in the file, or remove them";
    throw new DualRegistryError("CONFIG_INVALID", `${placeOf(file, "environment")}: ${problem}`);
  }
  const values = stackEntries(project, file);
  const missing: string[] = [];
  for (const entry of projectEntries(project)) {
    const value = values.get(entry.key) ?? entry.value;
    if (value === undefined) {
      if (entry.own) missing.push(entry.key);
      continue;
    }
    values.set(entry.key, value);
    const wrong = checkType(entry.type, value);
    if (wrong !== undefined) {
      throw new DualRegistryError("CONFIG_INVALID", `${placeOf(file, entry.key)}: '${entry.key}' ${wrong}`);
    }
  }
  if (missing.length > 0) {
    const keys = missing.map((key) => `'${key}'`).join(", ");
    throw new DualRegistryError("CONFIG_INVALID", `${file.name}: missing values that Pulumi.yaml declares: ${keys}`);
  }
  return serialize(file, values);
}

/** By what the secrets of a stack file are encrypted. */
export interface SecretsEncryption {
  /** `secretsprovider:` as it stands in the file. */
  secretsProvider?: string;
  /** True where the file has a passphrase's salt. */
  passphrase: boolean;
}

/**
 * Reads by what a stack's secrets are encrypted, also where its values cannot be put together.
 *
 * @throws DualRegistryError CONFIG_INVALID for what is missing or not YAML
 */
export function readSecretsEncryption(project: ProjectFile, stack: string): SecretsEncryption {
  const { content } = readYamlFile(join(project.stackDir, stageFileName(stack)));
  const secretsProvider = textAt(content, "secretsprovider");
  return { ...defined({ secretsProvider }), passphrase: content["encryptionsalt"] !== undefined };
}

/** The stack file's own values by full key. */
function stackEntries(project: ProjectFile, file: YamlFile): Map<string, ConfigText> {
  const entries = new Map<string, ConfigText>();
  const spellings = new Map<string, string>();
  for (const [key, value] of Object.entries(stackConfigOf(file))) {
    const full = fullKey(project.name, file, key);
    const other = spellings.get(full);
    const text = configText(value);
    // Pulumi takes either, and another one each time.
    if (other !== undefined && entries.get(full)?.text !== text.text) {
      const problem = `'${key}' and '${other}' are one key with two values: take one out`;
      throw new DualRegistryError("CONFIG_INVALID", `${placeOf(file, key)}: ${problem}`);
    }
    spellings.set(full, key);
    entries.set(full, text);
  }
  return entries;
}

function serialize(file: YamlFile, values: ReadonlyMap<string, ConfigText>): StackConfig {
  const sorted = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = sorted.map(([key, value]) => `${quote(key.replace(":", ":config:"))}:${quote(value.text)}`);
  const config = `{${pairs.join(",")}}`;
  const bytes = Buffer.byteLength(`PULUMI_CONFIG=${config}`);
  if (process.platform === "linux" && bytes > LONGEST_VARIABLE) {
    const sizes = `${bytes} bytes of configuration, and Linux hands a program at most ${LONGEST_VARIABLE} in one variable`;
    const hint = "Pulumi itself fails the same way: move long lists into a file that the program reads";
    throw new DualRegistryError("CONFIG_INVALID", `${file.name}: ${sizes}. ${hint}`);
  }
  const secrets = sorted.filter(([, value]) => value.secret).map(([key]) => key);
  const texts = Object.fromEntries(sorted.map(([key, value]) => [key, value.text]));
  return { config, secretKeys: JSON.stringify(secrets), values: texts, secrets };
}

/** One key that Pulumi.yaml's `config:` declares. */
interface ProjectEntry {
  /** `<namespace>:<name>` */
  key: string;
  /** True in the project's own namespace: a value is then required somewhere. */
  own: boolean;
  /** What applies when the stack file has no such key; absent when it only declares the key. */
  value?: ConfigText;
  /** The declared type; absent when there is none. */
  type?: ConfigType;
}

const FIELDS: ReadonlySet<string> = new Set(["type", "description", "items", "default", "value", "secret"]);

/**
 * The keys that Pulumi.yaml declares: a plain text, whole number, truth value or list stands for itself, a mapping has a
 * `value:` or, for the project's own keys, a `default:`.
 *
 * @throws DualRegistryError CONFIG_INVALID for what Pulumi refuses
 */
function projectEntries(project: ProjectFile): ProjectEntry[] {
  return Object.entries(project.config).map(([key, declared]) => {
    const full = fullKey(project.name, project.file, key);
    const own = full.startsWith(`${project.name}:`);
    if (/[.["\]]/.test(full))
      fail(project, key, "is a path into another value, which the offline preview does not read");
    if (isPlain(declared)) return { key: full, own, value: configText(declared) };
    if (declared === null) fail(project, key, "has no value: write one behind it, or take the line out");
    if (!isMapping(declared))
      fail(project, key, "must be a text, a whole number, true, false, a list, or have a 'value'");
    const strange = Object.keys(declared).find((field) => !FIELDS.has(field));
    if (strange !== undefined) fail(project, key, `has a field '${strange}': put an object's fields under 'value'`);
    const { value = null, default: fallback = null } = declared;
    if (value !== null && fallback !== null) fail(project, key, "cannot have both a 'value' and a 'default'");
    if (!own && fallback !== null) fail(project, key, "is not the project's own: give it a 'value', not a 'default'");
    const type = configType(declared);
    return { key: full, own, ...given(project, key, value ?? fallback), ...defined({ type }) };
  });
}

function given(project: ProjectFile, key: string, value: YamlValue): { value?: ConfigText } {
  if (holdsTime(value)) fail(project, key, "holds an unquoted date, which Pulumi refuses here: put it in quotes");
  return value === null ? {} : { value: configText(value) };
}

/** What may stand for itself, without `value:`. */
function isPlain(value: YamlValue): boolean {
  return typeof value === "string" || typeof value === "boolean" || Number.isInteger(value) || Array.isArray(value);
}

function holdsTime(value: YamlValue): boolean {
  if (value instanceof YamlTime) return true;
  if (Array.isArray(value)) return value.some(holdsTime);
  return isMapping(value) && Object.values(value).some(holdsTime);
}

function fail(project: ProjectFile, key: string, problem: string): never {
  throw new DualRegistryError("CONFIG_INVALID", `${placeOf(project.file, key)}: '${key}' ${problem}`);
}
