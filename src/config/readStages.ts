import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import type { StageConfig } from "../domain/plan/stageConfig";
import type { Stages } from "../domain/stage";
import {
  type ProjectFile,
  readProjectFiles,
  readSecretsEncryption,
  readStackConfig,
  splitConfig,
  stageFileName,
} from "../project";
import { decodeConfig } from "./decode";
import { selectStages } from "./stages";
import { configWarnings } from "./warnings";

/** What the checks need to know of one stage; what could not be read is absent. */
export interface DecodedStage {
  stage: string;
  /** The project's stages, in the order of promotion. */
  stages: Stages;
  /** `Pulumi.<stage>.yaml`. */
  file: string;
  /** Present where everything decodes. */
  config?: StageConfig;
  /** False where the file is no YAML; what stands in it is then unknown. */
  isYaml: boolean;
  /** False where Pulumi could not put the stage's values together. */
  hasValues: boolean;
  /** What does not decode, a line a problem. */
  problems: readonly string[];
  /** What decodes and is probably not meant, a line each. */
  warnings: readonly string[];
  subscriptionId?: string;
  /** The GitHub organisation or user. */
  owner?: string;
  /** The stack of the stage before, where the file names it. */
  before?: string;
  /** `secretsprovider:` as it stands in the file. */
  secretsProvider?: string;
  /** True where the file has a passphrase's salt. */
  passphrase: boolean;
}

/**
 * The facts of the stage that was named, or of all that have a file, in the order of promotion.
 *
 * @throws DualRegistryError USAGE where the named stage has no file or is none, CONFIG_INVALID where no stage has one
 */
export function readStages(project: ProjectFile, named: string | undefined): DecodedStage[] {
  const { stages, selected } = selectStages(project, named === undefined ? undefined : [named]);
  return selected.map((stage) => readStage(project, stage, stages));
}

/**
 * The configuration of the first stage that decodes: what stands in Pulumi.yaml is the same for all.
 *
 * @throws DualRegistryError CONFIG_INVALID where none decodes, and as {@link readStages}
 */
export function readSharedConfig(project: ProjectFile): StageConfig {
  const read = readStages(project, undefined);
  const config = read.find((each) => each.config !== undefined)?.config;
  if (config) return config;
  throw new DualRegistryError("CONFIG_INVALID", (read[0]?.problems ?? []).join("\n"));
}

function readStage(project: ProjectFile, stage: string, stages: Stages): DecodedStage {
  const read: DecodedStage = {
    ...{ stage, stages, file: stageFileName(stage), isYaml: false, hasValues: false },
    ...{ problems: [], warnings: [], passphrase: false },
  };
  try {
    Object.assign(read, readSecretsEncryption(project, stage), { isYaml: true });
    const { values, secrets } = readStackConfig(project, stage);
    const subscriptionId = values["azure-native:subscriptionId"];
    const owner = values["github:owner"];
    const before = values[`${project.name}:before`];
    Object.assign(read, defined({ subscriptionId, owner, before }), { hasValues: true });
    const files = readProjectFiles(project);
    read.config = decodeConfig(splitConfig(project.name, stage, values, new Set(secrets), files));
    read.warnings = configWarnings(read.config, new Date());
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    read.problems = error.message.split("\n");
  }
  return read;
}
