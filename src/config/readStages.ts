import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import type { StageConfig } from "../domain/plan/stageConfig";
import { stageOfAlias, STAGES } from "../domain/stage";
import {
  listStages,
  type ProjectFile,
  readProjectFiles,
  readSecretsEncryption,
  readStackConfig,
  splitConfig,
  stageFileName,
} from "../project";
import { decodeConfig } from "./decode";

/** What the checks need to know of one stage; what could not be read is absent. */
export interface DecodedStage {
  stage: string;
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
 * The facts of the stage that was named, or of all that have a file.
 *
 * @throws DualRegistryError USAGE where the named stage has no file, CONFIG_INVALID where no stage has one
 */
export function readStages(project: ProjectFile, named: string | undefined): DecodedStage[] {
  const stages = listStages(project);
  if (named !== undefined && !stages.includes(named)) {
    const meant = stageOfAlias(named) ?? stages.join(", ");
    throw new DualRegistryError("USAGE", `No file Pulumi.${named}.yaml for --stage "${named}"; allowed: ${meant}`);
  }
  if (stages.length === 0) {
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `No file Pulumi.<stage>.yaml in ${project.stackDir}: write one first`,
    );
  }
  const wanted = stages.filter((stage) => named === undefined || stage === named);
  return wanted.sort((a, b) => rank(a) - rank(b)).map((stage) => readStage(project, stage));
}

/** A stage's place in the order of a release; what is no stage comes last. */
function rank(name: string): number {
  const index = STAGES.findIndex((stage) => stage === name);
  return index < 0 ? STAGES.length : index;
}

function readStage(project: ProjectFile, stage: string): DecodedStage {
  const read: DecodedStage = {
    ...{ stage, file: stageFileName(stage), isYaml: false, hasValues: false, problems: [], passphrase: false },
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
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    read.problems = error.message.split("\n");
  }
  return read;
}
