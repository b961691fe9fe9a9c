import { readStages } from "../../src/config";
import type { StageConfig } from "../../src/domain/plan/stageConfig";
import type { Stage } from "../../src/domain/stage";
import { readProjectFile } from "../../src/project";
import { example } from "./examples";

/** A stage of the example company, as its files say it. */
export function companyConfig(stage: Stage): StageConfig {
  const [facts] = readStages(readProjectFile(example("company")), stage);
  if (facts?.config === undefined) throw new Error(`${stage}: ${facts?.problems.join("\n") ?? "no file"}`);
  return facts.config;
}
