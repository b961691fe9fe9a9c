import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { DualRegistryError } from "../base/errors";
import { nearest } from "../base/text/nearest";
import { configKey } from "./configKey";
import { isMapping, placeOf, readYamlFile, type YamlFile, type YamlValue } from "./yamlFile";

/** The file of what holds for all stages. */
export const SHARED_FILE = "Pulumi.yaml";

/** The file of what holds for one stage. */
export function stageFileName(stage: string): string {
  return `Pulumi.${stage}.yaml`;
}

/** What of Pulumi.yaml decides how the program is run. */
export interface ProjectFile {
  name: string;
  /** Folder of Pulumi.yaml, absolute. */
  root: string;
  /** Working directory of the program, absolute. */
  programDir: string;
  /** `.`, or the file that `main:` names. */
  entry: string;
  /** Default true. */
  typescript: boolean;
  /** A tsconfig of another name; absent when not given. */
  tsconfig?: string;
  /** Arguments for node itself; default none. */
  nodeArgs: readonly string[];
  /** Folder of the stack files, absolute; default the root. */
  stackDir: string;
  /** `requiredPulumiVersion:`, a range of the CLI's versions; absent when not given. */
  requiredPulumiVersion?: string;
  /** The `config:` entries, undigested. */
  config: { [key: string]: YamlValue };
  file: YamlFile;
}

/**
 * Reads Pulumi.yaml.
 *
 * @throws DualRegistryError CONFIG_INVALID when it is missing, no YAML, nameless, or not for Node.js
 */
export function readProjectFile(projectDir: string): ProjectFile {
  const root = resolve(projectDir);
  const file = readYamlFile(join(root, SHARED_FILE));
  const { name, main, runtime, config, stackConfigDir, requiredPulumiVersion } = file.content;
  if (typeof name !== "string" || name === "") fail(file, "name", "must be the project's name, a non-empty text");
  const misspelt = config === undefined ? Object.keys(file.content).find((key) => nearest(key, ["config"])) : undefined;
  if (misspelt !== undefined) fail(file, misspelt, "is no key of Pulumi.yaml; did you mean 'config'?");
  const stackDir = typeof stackConfigDir === "string" ? stackConfigDir : typeof config === "string" ? config : ".";
  return {
    name,
    root,
    ...entryOf(file, root, main ?? ""),
    ...runtimeOf(file, runtime ?? null),
    stackDir: resolve(root, stackDir),
    ...(typeof requiredPulumiVersion === "string" ? { requiredPulumiVersion } : {}),
    config: isMapping(config) ? config : {},
    file,
  };
}

/** The stacks that have a file, sorted: `dev` for `Pulumi.dev.yaml`. */
export function listStages(project: ProjectFile): string[] {
  const names = filesIn(project).map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1]);
  return names.filter((name) => name !== undefined).sort();
}

function filesIn({ stackDir, file }: ProjectFile): string[] {
  try {
    return readdirSync(stackDir);
  } catch (error) {
    const message = `${placeOf(file, "stackConfigDir")}: the folder of the stage files cannot be read at ${stackDir}: make it, or correct stackConfigDir`;
    throw new DualRegistryError("CONFIG_INVALID", message, { cause: error });
  }
}

/** What Pulumi.yaml says of one of the project's own keys, with or without `value:`; undefined where it says nothing. */
export function projectValue({ name, config }: ProjectFile, key: string): YamlValue | undefined {
  const declared = Object.entries(config).find(([written]) => configKey(name, written) === `${name}:${key}`)?.[1];
  if (declared === undefined) return undefined;
  if (!isMapping(declared)) return declared;
  return declared["value"] ?? declared["default"] ?? undefined;
}

/** `main:` may name the program's folder or its file; the working directory is that folder, as under Pulumi. */
function entryOf(file: YamlFile, root: string, main: YamlValue): { programDir: string; entry: string } {
  if (typeof main !== "string") fail(file, "main", "must be a path in the project");
  if (main === "") return { programDir: root, entry: "." };
  const path = resolve(root, main);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) fail(file, "main", `names '${main}', which does not exist`);
  return stats.isDirectory() ? { programDir: path, entry: "." } : { programDir: dirname(path), entry: basename(path) };
}

function runtimeOf(
  file: YamlFile,
  runtime: YamlValue,
): { typescript: boolean; tsconfig?: string; nodeArgs: readonly string[] } {
  const given = isMapping(runtime) ? runtime : { name: runtime };
  if (given["name"] !== "nodejs") fail(file, "runtime", "must be nodejs: the offline preview runs no other programs");
  const options = isMapping(given["options"]) ? given["options"] : {};
  const { typescript = true, tsconfig, nodeargs = "" } = options;
  if (typeof typescript !== "boolean") fail(file, "typescript", "must be true or false");
  if (typeof nodeargs !== "string") fail(file, "nodeargs", "must be a text");
  return {
    typescript,
    ...(typeof tsconfig === "string" ? { tsconfig } : {}),
    nodeArgs: splitWords(nodeargs),
  };
}

/** Splits at blanks outside quotes. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
}

function fail(file: YamlFile, key: string, problem: string): never {
  throw new DualRegistryError("CONFIG_INVALID", `${placeOf(file, key)}: '${key}' ${problem}`);
}
