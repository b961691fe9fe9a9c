import { join } from "node:path";
import { DualRegistryError } from "../base/errors";
import { textAt } from "../base/json";
import type { StageConfig } from "../domain/plan/stageConfig";
import { stageOfAlias, STAGES } from "../domain/stage";
import { listStages, type ProjectFile } from "../project/projectFile";
import { readProjectFiles, splitConfig } from "../project/rawConfig";
import { readStackConfig } from "../project/stackConfig";
import { readYamlFile } from "../project/yamlFile";
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
  const file = `Pulumi.${stage}.yaml`;
  const facts: DecodedStage = { stage, file, isYaml: false, hasValues: false, problems: [], passphrase: false };
  try {
    const { content } = readYamlFile(join(project.stackDir, file));
    facts.isYaml = true;
    facts.passphrase = content["encryptionsalt"] !== undefined;
    set(facts, "secretsProvider", textAt(content, "secretsprovider"));
    const { config, secretKeys } = readStackConfig(project, stage);
    facts.hasValues = true;
    const values = Object.entries(JSON.parse(config) as Record<string, string>);
    set(facts, "subscriptionId", valueOf(values, "azure-native:config:subscriptionId"));
    set(facts, "owner", valueOf(values, "github:config:owner"));
    const all = Object.fromEntries(values.map(([key, value]) => [key.replace(":config:", ":"), value]));
    set(facts, "before", all[`${project.name}:before`]);
    const secret = new Set(JSON.parse(secretKeys) as string[]);
    const files = readProjectFiles(project.root, project.name);
    facts.config = decodeConfig(splitConfig(project.name, stage, all, secret, files));
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    facts.problems = error.message.split("\n");
  }
  return facts;
}

type Values = readonly (readonly [string, string])[];

function valueOf(values: Values, key: string): string | undefined {
  return values.find(([name]) => name === key)?.[1];
}

function set(
  facts: DecodedStage,
  key: "subscriptionId" | "owner" | "before" | "secretsProvider",
  value: string | undefined,
): void {
  if (value !== undefined) facts[key] = value;
}
