import { lstatSync, realpathSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { DualRegistryError } from "../base/errors";
import { formatJson } from "../base/json";
import { quotedValue } from "../base/text/quote";
import { fileKey } from "./configKey";
import { listStages, type ProjectFile, SHARED_FILE, stageFileName } from "./projectFile";
import { isMapping, readYamlFile, stackConfigOf, type YamlFile, YamlTime, type YamlValue } from "./yamlFile";

/** One of the project's files, as it is to be written: JSON, which is YAML as well. */
interface SettingsFile {
  /** Its path below the project's folder. */
  name: string;
  text: string;
}

/** The files of a project with the settings of somebody else's over its own. */
interface MergedSettings {
  files: readonly SettingsFile[];
  /** What of theirs was not taken, each as a sentence. */
  left: readonly string[];
}

type Mapping = { [key: string]: YamlValue };

/**
 * Puts the settings of another copy of the project over this one's: the project's own keys below `config:`, of Pulumi.yaml
 * and of each stage that has a file here. Everything that decides what is run and with whose credentials stays as it is
 * here: program, arguments, plug-ins, back end, encryption, and what providers are told.
 *
 * @param theirs a folder that nobody vouches for
 * @throws DualRegistryError CONFIG_INVALID for a file that is no regular file or no YAML, and for an encrypted value that
 *   does not stand at the same place here: where it is shown might be another place than where it is kept
 */
export function mergeSettings(ours: ProjectFile, theirs: string): MergedSettings {
  const left: string[] = [];
  const merge = (name: string, mine: YamlFile, stack: boolean): SettingsFile => {
    const file = readOther(theirs, name);
    if (file === undefined) {
      left.push(`${name} is not there: what it holds here stands`);
      return { name, text: writeSettings(mine.content, name) };
    }
    const [own, other] = [configOf(mine, stack), configOf(file, stack)];
    for (const key of Object.keys(file.content).filter((each) => each !== "config")) {
      if (!isSame(file.content[key], mine.content[key]))
        left.push(`${name}: ${quotedValue(key)} is this project's own`);
    }
    for (const key of Object.keys(other).filter((each) => !isOwn(each, ours.name))) {
      if (!isSame(other[key], own[key]))
        left.push(`${name}: ${quotedValue(key)} is told to a provider, and stays as it is`);
    }
    checkEncrypted(name, other, own);
    const kept = Object.entries(own).filter(([key]) => !isOwn(key, ours.name));
    const taken = Object.entries(other).filter(([key]) => isOwn(key, ours.name));
    return { name, text: writeSettings({ ...mine.content, config: Object.fromEntries([...kept, ...taken]) }, name) };
  };
  const files = [
    merge(SHARED_FILE, ours.file, false),
    ...listStages(ours).map((stage) => {
      const file = join(ours.stackDir, stageFileName(stage));
      return merge(pathBelow(ours.root, file), readYamlFile(file), true);
    }),
  ];
  return { files, left };
}

const configOf = (file: YamlFile, stack: boolean): Mapping => {
  if (stack) return stackConfigOf(file);
  const { config } = file.content;
  return isMapping(config) ? config : {};
};

/** Keys of other namespaces are the providers' business. */
const isOwn = (key: string, project: string): boolean => fileKey(project, key).own;

/** The path below the project's folder, at which a copy of the project has the same file. */
function pathBelow(root: string, file: string): string {
  const path = relative(root, file);
  if (!path.startsWith(`..${sep}`) && !isAbsolute(path)) return path;
  const problem = "stands outside the project's folder, so a copy of the project does not hold it";
  throw new DualRegistryError("CONFIG_INVALID", `${path}: ${problem}: name a folder below it in stackConfigDir`);
}

/** A file of theirs; a link could name any file of this machine. */
function readOther(folder: string, name: string): YamlFile | undefined {
  const path = join(folder, name);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const isInside = realpathSync(path) === join(realpathSync(folder), name);
  if (found.isFile() && isInside) return readYamlFile(path);
  throw new DualRegistryError(
    "CONFIG_INVALID",
    `${name}: is no regular file; allowed: a file, no folder, and no link on the way to it`,
  );
}

const isSame = (one: YamlValue | undefined, other: YamlValue | undefined): boolean =>
  JSON.stringify(plain(one ?? null)) === JSON.stringify(plain(other ?? null));

/** Dates as the text Pulumi makes of them, large numbers as their digits. */
function plain(value: YamlValue): unknown {
  if (value instanceof YamlTime) return value.text;
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (isMapping(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  return value;
}

const writeSettings = (content: Mapping, name: string): string => {
  const text = JSON.stringify(plain(content));
  if (text.length < 1024 * 1024) return formatJson(plain(content));
  throw new DualRegistryError("CONFIG_INVALID", `${name}: holds ${text.length} characters; allowed: less than 1 MiB`);
};

/** Where something encrypted stands, by its path, with its text. */
function encrypted(value: YamlValue, path: string): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((one, at) => encrypted(one, `${path}[${at}]`));
  if (!isMapping(value)) return [];
  const own = value["secure"] === undefined ? [] : [[path, JSON.stringify(plain(value["secure"]))] as [string, string]];
  const inner = Object.entries(value).flatMap(([key, one]) => encrypted(one, path === "" ? key : `${path}.${key}`));
  return [...own, ...inner];
}

function checkEncrypted(name: string, theirs: Mapping, ours: Mapping): void {
  const known = new Map(encrypted(ours, ""));
  const moved = encrypted(theirs, "").find(([path, text]) => known.get(path) !== text);
  if (moved === undefined) return;
  throw new DualRegistryError(
    "CONFIG_INVALID",
    `${name}: ${quotedValue(moved[0])} holds an encrypted value that does not stand there in this project; ` +
      "allowed: none, or the one that stands there; bring it to main first",
  );
}
