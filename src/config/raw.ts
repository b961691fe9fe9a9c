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
