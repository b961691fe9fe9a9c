import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CORE_SCHEMA, load } from "js-yaml";
import { DualRegistryError } from "../base/errors";
import type { Stage } from "../domain/stage";

/** One stage's configuration as the engine hands it over: keys without the project's namespace, values as text. */
export interface RawConfig {
  /** Name of the stack. */
  stack: string;
  values: ReadonlyMap<string, string>;
  /** Keys whose value holds something encrypted; their text is never looked at. */
  secretKeys: ReadonlySet<string>;
  /** Keys of other namespaces, with them, and their values where they are not encrypted. */
  foreign: ReadonlyMap<string, string | undefined>;
  /** What stands in the project's files, for the rules that hold across stages. */
  files: ProjectFiles;
}

/** Top-level configuration keys of the project's files, without namespace. */
export interface ProjectFiles {
  /** Keys of Pulumi.yaml. */
  shared: readonly string[];
  stages: readonly StageFile[];
}

export interface StageFile {
  file: string;
  /** The name between `Pulumi.` and `.yaml`. */
  stack: string;
  keys: readonly string[];
  /** What it says it owns, undecoded. */
  owns: unknown;
  /** What it says of its registries, undecoded. */
  registries?: unknown;
}

/** The file of shared facts. */
export const SHARED_FILE = "Pulumi.yaml";

/** The file of a stage's own facts. */
export function stageFileName(stage: Stage): string {
  return `Pulumi.${stage}.yaml`;
}

/**
 * Parts the engine's configuration into the project's own and that of others.
 *
 * @param all values by key with namespace
 * @param secret keys, with namespace, that hold something encrypted
 */
export function splitConfig(
  project: string,
  stack: string,
  all: Readonly<Record<string, string>>,
  secret: ReadonlySet<string>,
  files: ProjectFiles,
): RawConfig {
  const prefix = `${project}:`;
  const isOwn = (key: string) => key.startsWith(prefix);
  const entries = Object.entries(all);
  return {
    stack,
    values: new Map(entries.filter(([key]) => isOwn(key)).map(([key, value]) => [key.slice(prefix.length), value])),
    secretKeys: new Set([...secret].filter(isOwn).map((key) => key.slice(prefix.length))),
    foreign: new Map(
      entries
        .filter(([key]) => !isOwn(key))
        .map(([key, value]): [string, string | undefined] => [key, secret.has(key) ? undefined : value]),
    ),
    files,
  };
}

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
