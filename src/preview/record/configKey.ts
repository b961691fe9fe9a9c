import { DualRegistryError } from "../../errors";
import type { ProjectFile } from "./projectFile";
import type { YamlFile } from "./yamlFile";
import { placeOf } from "./yamlFile";

/** `<namespace>:<name>`; a key without a namespace is the project's, `<namespace>:config:<name>` the old spelling. */
export function fullKey(project: ProjectFile, file: YamlFile, key: string): string {
  const parts = key.split(":");
  if (parts.length === 1) return `${project.name}:${key}`;
  if (parts.length === 2) return key;
  if (parts.length === 3 && parts[1] === "config") return `${parts[0] ?? ""}:${parts[2] ?? ""}`;
  const message = `${placeOf(file, key)}: ${JSON.stringify(key)} must be of the form <namespace>:<name>`;
  throw new DualRegistryError("CONFIG_INVALID", message);
}
