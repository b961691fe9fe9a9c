/** The stages, in the order a release takes. */
export const STAGES = ["dev", "qa", "uat", "prod"] as const;

/** A stage of the release flow. */
export type Stage = (typeof STAGES)[number];

/** Other names people use for a stage; accepted nowhere as a stack's name, and named in the error instead. */
export const STAGE_ALIASES: Readonly<Record<string, Stage>> = {
  local: "dev",
  e2e: "qa",
  staging: "uat",
  prd: "prod",
  production: "prod",
};

/** True for the four stage names, false for aliases. */
export function isStage(name: string): name is Stage {
  return (STAGES as readonly string[]).includes(name);
}

/** The stage an alias stands for; undefined for a stage's own name and for anything else. */
export function stageOfAlias(name: string): Stage | undefined {
  return Object.hasOwn(STAGE_ALIASES, name) ? STAGE_ALIASES[name] : undefined;
}

/** The stage a release comes from on its way here; undefined for dev. */
export function stageBefore(stage: Stage): Stage | undefined {
  return STAGES[STAGES.indexOf(stage) - 1];
}
