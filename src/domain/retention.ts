import type { Stage } from "./stage";

/**
 * How long images of a stage are kept.
 * `inactive`: removed after so many days without a push or a pull. `keep`: removed no sooner than so many days after
 * the push. `forever`: never removed.
 */
export type RetentionRule = { rule: "inactive"; days: number } | { rule: "keep"; days: number } | { rule: "forever" };

const DEFAULTS: Readonly<Record<Stage, RetentionRule>> = {
  dev: { rule: "inactive", days: 30 },
  qa: { rule: "inactive", days: 90 },
  uat: { rule: "inactive", days: 90 },
  prod: { rule: "forever" },
};

/** What holds where a stage file names no rule: dev 30 days of inactivity, qa and uat 90, prod for ever. */
export function defaultRetention(stage: Stage): RetentionRule {
  return DEFAULTS[stage];
}
