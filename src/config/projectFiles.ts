import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CORE_SCHEMA, load } from "js-yaml";
import { DualRegistryError } from "../errors";
import { SHARED_FILE, type ProjectFiles } from "./raw";

type Dictionary = Readonly<Record<string, unknown>>;

const dictionary = (value: unknown): Dictionary =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

function readYaml(folder: string, file: string): Dictionary {
  try {
    return dictionary(load(readFileSync(join(folder, file), "utf8"), { schema: CORE_SCHEMA }));
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new DualRegistryError("CONFIG_INVALID", `${file}: cannot be read as YAML: ${why}`, { cause });
  }
}

/** The `config:` block by keys of the project's own namespace; other namespaces are the providers' business. */
function ownConfig(yaml: Dictionary, project: string): Dictionary {
  const own = Object.entries(dictionary(yaml["config"])).flatMap(([key, value]): [string, unknown][] => {
    if (!key.includes(":")) return [[key, value]];
    return key.startsWith(`${project}:`) ? [[key.slice(project.length + 1), value]] : [];
  });
  return Object.fromEntries(own);
}

/**
 * Reads which configuration keys stand in which of the project's files, for the rules that hold across stages.
 *
 * @param folder the project's root, where Pulumi.yaml stands
 * @throws DualRegistryError CONFIG_INVALID naming a file that is no YAML
 */
export function readProjectFiles(folder: string, project: string): ProjectFiles {
  const stages = readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const stack = /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/.exec(file)?.[1];
      if (stack === undefined) return [];
      const own = ownConfig(readYaml(folder, file), project);
      return [{ file, stack, keys: Object.keys(own), owns: own["owns"], registries: own["registries"] }];
    });
  return { shared: Object.keys(ownConfig(readYaml(folder, SHARED_FILE), project)), stages };
}
