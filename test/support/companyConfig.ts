import { join } from "node:path";
import { readStages } from "../../src/config";
import type { StageConfig } from "../../src/domain/plan/stageConfig";
import type { Stage } from "../../src/domain/stage";
import { readProjectFile } from "../../src/project";

/** A stage of the example company, as the project's own files say it. */
export function companyConfig(stage: Stage): StageConfig {
  const [facts] = readStages(readProjectFile(join(__dirname, "../..")), stage);
  if (facts?.config === undefined) throw new Error(`${stage}: ${facts?.problems.join("\n") ?? "no file"}`);
  return facts.config;
}
