import { z } from "zod";
import { type Problem, reportProblems } from "../base/decode/problems";
import { salvage } from "../base/decode/salvage";
import { DualRegistryError } from "../base/errors";
import { nearest } from "../base/text/nearest";
import { quotedValue } from "../base/text/quote";
import {
  DEFAULT_STAGES,
  isStage,
  isStageName,
  MAX_STAGES,
  type Stage,
  STAGE_NAME_FORM,
  stageOfAlias,
  type Stages,
} from "../domain/stage";
import { listStages, type ProjectFile, projectValue, type RawConfig, SHARED_FILE, stageFileName } from "../project";

const NAMES = `allowed: 1 to ${MAX_STAGES} names in the order of promotion, such as [dev, qa, prod]`;
const stageName = z.string(`allowed: ${STAGE_NAME_FORM}`).refine(isStageName, `allowed: ${STAGE_NAME_FORM}`);

/** The project's stages, in the order of promotion. Default: dev, qa, uat, prod. */
export const stages = z.array(stageName, NAMES).min(1, NAMES).max(MAX_STAGES, NAMES) satisfies z.ZodType<
  readonly string[]
>;

/** Names that stand in the list before: told beside all that is wrong with other names. */
function duplicatesIn(raw: unknown): Problem[] {
  const names = Array.isArray(raw) ? (raw as unknown[]) : [];
  return names.flatMap((name, index): Problem[] => {
    if (typeof name !== "string" || !isStageName(name) || names.indexOf(name) === index) return [];
    const what = `${quotedValue(name)} is not allowed`;
    return [{ file: SHARED_FILE, path: `stages[${index}]`, what, allowed: "allowed: each stage once" }];
  });
}

function decodeList(raw: unknown): Stages {
  const problems = [...salvage(stages, raw, "stages", SHARED_FILE).problems, ...duplicatesIn(raw)];
  const read = stages.safeParse(raw);
  const [first, ...others] = read.success ? read.data : [];
  if (problems.length > 0 || first === undefined) {
    throw new DualRegistryError("CONFIG_INVALID", reportProblems(problems));
  }
  return [first, ...others];
}

/**
 * The stages as the engine hands them over: the list of Pulumi.yaml, or the usual four.
 *
 * @throws DualRegistryError CONFIG_INVALID, since nothing else can be decoded without them
 */
export function decodeStages({ values }: Pick<RawConfig, "values">): Stages {
  const text = values.get("stages");
  if (text === undefined) return DEFAULT_STAGES;
  let raw: unknown = text;
  try {
    raw = JSON.parse(text);
  } catch {
    // A text that is no list is told as such.
  }
  return decodeList(raw);
}

/** The project's stages, and what its folder holds beside them. */
export interface ProjectStages {
  /** In the order of promotion. */
  stages: Stages;
  /** Those of them that have a stack file, in the same order. */
  withFile: readonly Stage[];
  /** Stacks whose file is there and that are no stage: somebody's own, or one that the list does not name yet. */
  unlisted: readonly string[];
}

/**
 * The stages that Pulumi.yaml lists.
 *
 * @throws DualRegistryError CONFIG_INVALID for a list that is none
 */
export function readStageList(project: ProjectFile): ProjectStages {
  const raw = projectValue(project, "stages");
  const listed = raw === undefined ? DEFAULT_STAGES : decodeList(raw);
  const files = listStages(project);
  return {
    stages: listed,
    withFile: listed.filter((stage) => files.includes(stage)),
    unlisted: files.filter((file) => !isStage(file, listed)),
  };
}

/** What people read of a stack file that no stage of the list has. */
export const unlistedText = (stack: string, stages: Stages): string =>
  `${stageFileName(stack)} is of no stage (${stages.join(", ")}), and is left out; add it to stages in ${SHARED_FILE} if it is one`;

/** What is said of stages that nobody listed and that have no file. */
export const missingText = ({ stages, withFile }: Pick<ProjectStages, "stages" | "withFile">): string =>
  `No file ${stages
    .filter((stage) => !withFile.includes(stage))
    .map(stageFileName)
    .join(", ")}: ` +
  `where nothing is listed, the stages are ${stages.join(", ")}; ` +
  `list those that there are in ${SHARED_FILE}: stages: { value: [${withFile.join(", ")}] }`;

/**
 * The stage that somebody names.
 *
 * @param named as it was written
 * @throws DualRegistryError USAGE with the stages there are
 */
export function checkStageName(named: string, stages: Stages): Stage {
  if (isStage(named, stages)) return named;
  const meant = stageOfAlias(named, stages) ?? nearest(named, stages);
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new DualRegistryError("USAGE", `No stage ${quotedValue(named)}; allowed: ${stages.join(", ")}${hint}`);
}

/**
 * The stages that somebody names, each once, or all that have a file, in the order of promotion.
 *
 * @param named as they were written
 * @throws DualRegistryError CONFIG_INVALID where no stage has a file, USAGE for a name that is none or has none
 */
export function selectStages(
  project: ProjectFile,
  named?: readonly string[],
): ProjectStages & { selected: readonly Stage[] } {
  const list = readStageList(project);
  const { stages, withFile, unlisted } = list;
  if (withFile.length === 0) {
    const others = unlisted.map(stageFileName).join(", ");
    const remedy =
      others === ""
        ? "write one first"
        : `rename ${others}, or list the stages that there are: [${unlisted.join(", ")}]`;
    const message = `${SHARED_FILE}: stages: no file ${stages.map(stageFileName).join(", ")} in ${project.stackDir}; ${remedy}`;
    throw new DualRegistryError("CONFIG_INVALID", message);
  }
  if (named === undefined) return { ...list, selected: withFile };
  const selected = [...new Set(named.map((name) => checkStageName(name, stages)))];
  const [missing] = selected.filter((stage) => !withFile.includes(stage));
  if (missing === undefined) return { ...list, selected };
  const message = `No file ${stageFileName(missing)} for --stage ${missing}; allowed: ${withFile.join(", ")}`;
  throw new DualRegistryError("USAGE", message);
}
