import type { Stage } from "../domain/stage";

/** One stage's configuration as the engine hands it over: keys without the project's namespace, values as text. */
export interface RawConfig {
  /** Name of the stack. */
  stack: string;
  values: ReadonlyMap<string, string>;
  /** Keys whose value holds something encrypted; their text is never looked at. */
  secretKeys: ReadonlySet<string>;
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
}

/** The file of shared facts. */
export const SHARED_FILE = "Pulumi.yaml";

/** The file of a stage's own facts. */
export function stageFileName(stage: Stage): string {
  return `Pulumi.${stage}.yaml`;
}
