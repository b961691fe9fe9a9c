/** Name of a stage, one of the project's own list: 2 to 12 lower-case letters and digits, a letter first. */
export type Stage = string;

/** A project's stages, at least one, in the order of promotion. */
export type Stages = readonly [Stage, ...Stage[]];

/** The stages of a project that lists none. */
export const DEFAULT_STAGES: Stages = ["dev", "qa", "uat", "prod"];

/** Most stages that a project may have. */
export const MAX_STAGES = 20;

const NAME = /^[a-z][a-z0-9]{1,11}$/;

/** What a tag calls a candidate or a beta, such as `rc1`: a stage of that name could not be told from one. */
const CANDIDATE = /^(?:rc|beta)(?:\d.*)?$/;

/** Names of files that stand beside a stage's, and what every object of JavaScript has. */
const RESERVED: readonly string[] = ["changes", "compliance", "constructor", "index"];

/** What a stage may be called, in words. */
export const STAGE_NAME_FORM =
  "2 to 12 lower-case letters and digits, a letter first; not rc1, beta2 and the like, " + `nor ${RESERVED.join(", ")}`;

/** True for what a project may call a stage. */
export const isStageName = (name: string): boolean =>
  NAME.test(name) && !CANDIDATE.test(name) && !RESERVED.includes(name);

/** Other names people use for the usual stages; accepted nowhere, and named in the error instead. */
const ALIASES: Readonly<Record<string, Stage>> = {
  local: "dev",
  e2e: "qa",
  staging: "uat",
  prd: "prod",
  production: "prod",
};

/** True for a name of the project's list. */
export const isStage = (name: string, stages: Stages): boolean => stages.includes(name);

/**
 * The stage of the list that an alias stands for; undefined for a name that is listed itself, and for anything else.
 */
export function stageOfAlias(name: string, stages: Stages): Stage | undefined {
  if (isStage(name, stages) || !Object.hasOwn(ALIASES, name)) return undefined;
  const meant = ALIASES[name];
  return meant !== undefined && isStage(meant, stages) ? meant : undefined;
}

/** The stage a release comes from on its way here; undefined where it begins here. */
export const stageBefore = (stage: Stage, stages: Stages): Stage | undefined => stages[stages.indexOf(stage) - 1];

/** Where gates begin: the second stage, or the only one. */
export const entryStage = (stages: Stages): Stage => stages[1] ?? stages[0];

/** What releases are for. */
export const lastStage = (stages: Stages): Stage => stages.at(-1) ?? stages[0];

/** The stages that a release is signed off for, from the entry stage to the last. */
export const gatedStages = (stages: Stages): readonly Stage[] => (stages.length === 1 ? stages : stages.slice(1));

/**
 * Where a stage stands. `first`: where development goes on, without gates. `last`: what releases are for. `between`: the
 * others. A single stage is the last: it has the gates of the entry stage and those of the last.
 */
export type StagePlace = "first" | "between" | "last";

/** Where a stage of the list stands. */
export function placeOf(stage: Stage, stages: Stages): StagePlace {
  if (stage === lastStage(stages)) return "last";
  return stage === stages[0] ? "first" : "between";
}
