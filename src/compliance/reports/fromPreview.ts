import { useMessages } from "../../config/messages";
import { reportProblems } from "../../config/problem";
import { salvage } from "../../config/salvage";
import { STAGES, stageOfAlias } from "../../domain/stage";
import { DualRegistryError } from "../../errors";
import { readProjectFile, type ProjectFile } from "../../preview/record/projectFile";
import { recordStages, type RecordResult, type StageFailure } from "../../preview/record/recordStages";
import type { Recording } from "../../preview/recording";
import { refusal } from "../guard";
import { cleanStage } from "./clean";
import { stageOfFiles } from "./fromFiles";
import type { StageSource } from "./model";
import { previewPartSchema, stagePart } from "./stagePart";

/** What to record. */
export interface PreviewRequest {
  projectDir: string;
  /** Default: every stage that has a file. */
  stages?: readonly string[];
  now: Date;
}

function stageOfRecording({ stack, outputs }: Recording): StageSource {
  useMessages();
  const { value, problems } = salvage(previewPartSchema, outputs, "outputs", stack);
  if (problems.length === 0 && value) return { ...cleanStage(stagePart(value)), source: "preview" };
  const lead = `The program of stage ${stack} gives no outputs that a report can be made from`;
  throw new DualRegistryError("PREVIEW_FAILED", `${lead}\n${reportProblems(problems.slice(0, 50))}`);
}

/**
 * A stage whose run its own compliance stopped is what a report is for: it is evaluated from its files. Any other
 * failure is none of compliance's, and undefined.
 */
function refusedStage(project: ProjectFile, { stack, message }: StageFailure, now: Date): StageSource | undefined {
  if (!/^Stage \w+: \d+ mandatory controls? fails?\b/m.test(message)) return undefined;
  const stage = stageOfFiles(project, stack, now);
  if (refusal(stage.stage, stage.compliance) === undefined) return undefined;
  return { ...cleanStage(stage), source: "preview" };
}

/** Stages that compliance stopped, and those that only wait for one of them. */
function failedStages({ failures }: RecordResult, project: ProjectFile, now: Date): Map<string, StageSource> {
  const stages = new Map<string, StageSource>();
  const others: StageFailure[] = [];
  for (const failure of failures.filter(({ consequence }) => !consequence)) {
    const stage = refusedStage(project, failure, now);
    if (stage) stages.set(failure.stack, stage);
    else others.push(failure);
  }
  if (others.length > 0) {
    throw new DualRegistryError("PREVIEW_FAILED", [...new Set(others.map(({ message }) => message))].join("\n"));
  }
  for (const { stack } of failures.filter(({ consequence }) => consequence)) {
    stages.set(stack, { ...cleanStage(stageOfFiles(project, stack, now)), source: "preview" });
  }
  return stages;
}

function checkNames(stages: readonly string[]): void {
  const problems = stages.flatMap((name) => {
    const meant = stageOfAlias(name);
    if (meant !== undefined) return [`Unknown stage "${name}": the stage is called "${meant}", use --stage ${meant}`];
    return /^[\w.-]+$/.test(name) ? [] : [`No stage can be called ${JSON.stringify(name)}`];
  });
  if (problems.length > 0) throw new DualRegistryError("USAGE", problems.join("\n"));
}

/**
 * Stages as an offline preview knows them: no cloud, no login, no Pulumi CLI.
 *
 * @throws DualRegistryError USAGE, CONFIG_INVALID or PREVIEW_FAILED where a stage cannot be previewed for another
 *   reason than its compliance
 */
export async function previewStages({ projectDir, stages, now }: PreviewRequest): Promise<StageSource[]> {
  const project = readProjectFile(projectDir);
  if (stages) checkNames(stages);
  const result = await recordStages({ projectDir, ...(stages ? { stages: [...new Set(stages)] } : {}) });
  const failed = failedStages(result, project, now);
  const all = new Map([...result.recordings].map(([stack, one]) => [stack, stageOfRecording(one)] as const));
  for (const [stack, stage] of failed) all.set(stack, stage);
  const kept = [...all].filter(([stack]) => stages?.includes(stack) ?? true).map(([, stage]) => stage);
  return kept.sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
}
