import { join } from "node:path";
import { DualRegistryError } from "../../errors";
import { fullKey } from "./configKey";
import type { ConfigText } from "./configText";
import { configText, quote } from "./configText";
import { checkType } from "./configTypes";
import { projectEntries } from "./projectConfig";
import type { ProjectFile } from "./projectFile";
import type { YamlFile } from "./yamlFile";
import { isMapping, placeOf, readYamlFile } from "./yamlFile";

/** The configuration as it is handed to the program's process. */
export interface StackConfig {
  /** JSON of `<namespace>:config:<name>` to text, keys sorted. */
  config: string;
  /** JSON list of `<namespace>:<name>`, sorted. */
  secretKeys: string;
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
  const file = readYamlFile(join(project.stackDir, `Pulumi.${stack}.yaml`));
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

/** The stack file's own values by full key. */
function stackEntries(project: ProjectFile, file: YamlFile): Map<string, ConfigText> {
  const config = file.content["config"] ?? {};
  if (!isMapping(config)) {
    const message = `${placeOf(file, "config")}: 'config' must be a mapping of keys to values`;
    throw new DualRegistryError("CONFIG_INVALID", message);
  }
  return new Map(Object.entries(config).map(([key, value]) => [fullKey(project, file, key), configText(value)]));
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
  const secretKeys = sorted.filter(([, value]) => value.secret).map(([key]) => key);
  return { config, secretKeys: JSON.stringify(secretKeys) };
}
