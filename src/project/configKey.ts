import { DualRegistryError } from "../base/errors";
import { placeOf, type YamlFile } from "./yamlFile";

/**
 * The configuration key that a key of a file stands for, `<namespace>:<name>`: a key without a namespace is the project's,
 * and `<namespace>:config:<name>` is the spelling of former times. Undefined for what Pulumi takes for no key.
 * Source: Pulumi SDK, resource/config/key.go (ParseKey), workspace/loaders.go (keys without a namespace).
 */
export function configKey(project: string, key: string): string | undefined {
  const parts = key.split(":");
  const [first = "", second = "", third = ""] = parts;
  if (parts.length === 1) return `${project}:${key}`;
  if (parts.length === 2) return key;
  return parts.length === 3 && second === "config" ? `${first}:${third}` : undefined;
}

/** A key of one of the project's files: the project's own by its name, any other with its namespace. */
export interface FileKey {
  own: boolean;
  name: string;
}

/** The key as it stands for itself; one that Pulumi takes for none is somebody else's, as it is written. */
export function fileKey(project: string, key: string): FileKey {
  const full = configKey(project, key);
  const prefix = `${project}:`;
  return full?.startsWith(prefix) === true
    ? { own: true, name: full.slice(prefix.length) }
    : { own: false, name: full ?? key };
}

/**
 * The same for a file that is to be used.
 *
 * @throws DualRegistryError CONFIG_INVALID naming file and line, for what Pulumi takes for no key
 */
export function fullKey(project: string, file: YamlFile, key: string): string {
  const full = configKey(project, key);
  if (full !== undefined) return full;
  const message = `${placeOf(file, key)}: ${JSON.stringify(key)} must be of the form <namespace>:<name>`;
  throw new DualRegistryError("CONFIG_INVALID", message);
}
