import { DualRegistryError } from "../../errors";
import { fullKey } from "./configKey";
import type { ConfigText } from "./configText";
import { configText } from "./configText";
import type { ConfigType } from "./configTypes";
import { configType } from "./configTypes";
import type { ProjectFile } from "./projectFile";
import type { YamlValue } from "./yamlFile";
import { isMapping, placeOf, YamlTime } from "./yamlFile";

/** One key that Pulumi.yaml's `config:` declares. */
export interface ProjectEntry {
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
export function projectEntries(project: ProjectFile): ProjectEntry[] {
  return Object.entries(project.config).map(([key, declared]) => {
    const full = fullKey(project, project.file, key);
    const own = full.startsWith(`${project.name}:`);
    if (/[.["\]]/.test(full))
      fail(project, key, "is a path into another value, which the offline preview does not read");
    if (isPlain(declared)) return { key: full, own, value: configText(declared) };
    if (!isMapping(declared))
      fail(project, key, "must be a text, a whole number, true, false, a list, or have a 'value'");
    const strange = Object.keys(declared).find((field) => !FIELDS.has(field));
    if (strange !== undefined) fail(project, key, `has a field '${strange}': put an object's fields under 'value'`);
    const { value = null, default: fallback = null } = declared;
    if (value !== null && fallback !== null) fail(project, key, "cannot have both a 'value' and a 'default'");
    if (!own && fallback !== null) fail(project, key, "is not the project's own: give it a 'value', not a 'default'");
    const type = configType(declared);
    return { key: full, own, ...given(project, key, value ?? fallback), ...(type === undefined ? {} : { type }) };
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
