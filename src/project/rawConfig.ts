import { join } from "node:path";
import { fileKey } from "./configKey";
import { listStages, type ProjectFile, stageFileName } from "./projectFile";
import { isMapping, readYamlFile, stackConfigOf, YamlTime, type YamlValue } from "./yamlFile";

/** One stage's configuration as the engine hands it over: keys without the project's namespace, values as text. */
export interface RawConfig {
  /** The project's name, which is the namespace of its own keys. */
  project: string;
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

/** What one stage's file holds, for the rules that hold across stages. */
export interface StageFile {
  file: string;
  /** The name between `Pulumi.` and `.yaml`. */
  stack: string;
  keys: readonly string[];
  /** Keys of other namespaces, with them. */
  foreign?: readonly string[];
  /** What it says it owns, undecoded. */
  owns: unknown;
  /** What it says of its registries, undecoded. */
  registries?: unknown;
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
    project,
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

/** The `config:` block in two: by the project's own keys, and the keys of other namespaces, the providers' business. */
function partConfig(config: YamlValue | undefined, project: string) {
  const entries = Object.entries(isMapping(config) ? config : {}).map(([key, value]) => ({
    ...fileKey(project, key),
    value,
  }));
  return {
    own: Object.fromEntries(entries.flatMap(({ own, name, value }) => (own ? [[name, value] as const] : []))),
    foreign: entries.flatMap(({ own, name }) => (own ? [] : [name])),
  };
}

/**
 * Reads which configuration keys stand in which of the project's files, for the rules that hold across stages.
 *
 * @throws DualRegistryError CONFIG_INVALID naming a file that cannot be read or is not YAML
 */
export function readProjectFiles(project: ProjectFile): ProjectFiles {
  const stages = listStages(project).map((stack) => {
    const file = stageFileName(stack);
    const config = stackConfigOf(readYamlFile(join(project.stackDir, file)));
    const { own, foreign } = partConfig(config, project.name);
    return { file, stack, keys: Object.keys(own), foreign, owns: own["owns"], registries: own["registries"] };
  });
  return { shared: Object.keys(partConfig(project.config, project.name).own), stages };
}

/** One value in a file of the project, which is neither a list nor a mapping. */
export interface FileValue {
  /** Below `config:`, without the project's namespace and `value:`, such as `gates.roles.qa[0].id`. */
  path: string;
  text: string;
}

/**
 * Every single value of Pulumi.yaml, or of a stage's file, whether it decodes or not. What is encrypted reads as it
 * stands.
 *
 * @param stage undefined for Pulumi.yaml
 * @throws DualRegistryError CONFIG_INVALID for a file that cannot be read or is not YAML
 */
export function readFileValues(project: ProjectFile, stage: string | undefined): FileValue[] {
  if (stage === undefined) {
    return Object.entries(project.config).flatMap(([key, declared]) =>
      valuesBelow(fileKey(project.name, key).name, isMapping(declared) ? (declared["value"] ?? declared) : declared),
    );
  }
  const { config } = readYamlFile(join(project.stackDir, stageFileName(stage))).content;
  return Object.entries(isMapping(config) ? config : {}).flatMap(([key, value]) =>
    valuesBelow(fileKey(project.name, key).name, value),
  );
}

function valuesBelow(path: string, value: YamlValue): FileValue[] {
  if (Array.isArray(value)) return value.flatMap((one, at) => valuesBelow(`${path}[${at}]`, one));
  if (isMapping(value)) return Object.entries(value).flatMap(([key, one]) => valuesBelow(`${path}.${key}`, one));
  return [{ path, text: value instanceof YamlTime ? value.text : String(value) }];
}
