import type { CheckResult, StepFacts } from "./facts";
import { reason, short, type Reason } from "./verdict";

/** Of results of one check the ones that count: those that ended after the stage's tag was placed. */
function counting(results: readonly CheckResult[], placedAt: string | undefined): CheckResult[] {
  const since = placedAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(placedAt);
  return results
    .filter(({ at, conclusion }) => conclusion === undefined || (at !== undefined && Date.parse(at) >= since))
    .sort((a, b) => (a.at === undefined ? 1 : b.at === undefined ? -1 : Date.parse(a.at) - Date.parse(b.at)));
}

/**
 * What must have passed at a stage before its release goes on, such as end-to-end tests. The newest result decides; where
 * the next step was taken already, that it once passed is enough.
 *
 * @param left whether the release has left the stage
 */
export function judgeChecks({ step, commit, placed, checks }: StepFacts, left: boolean): Reason[] {
  return (checks?.wanted ?? []).flatMap((name) => {
    const all = (checks?.results ?? []).filter((each) => each.name === name);
    const results = counting(all, placed?.at);
    const what = `check ${JSON.stringify(name)} of ${step.to} for ${short(commit)}`;
    const newest = results.at(-1);
    if (newest === undefined) {
      const why = all.length > 0 ? `has not run since ${step.tag} was placed` : "has not run";
      return [reason("stage-check-missing", `${what} ${why}; run it there, and ask again when it has passed`)];
    }
    const passed = left ? results.some(({ conclusion }) => conclusion === "success") : newest.conclusion === "success";
    if (passed) return [];
    const why = newest.conclusion === undefined ? "has not ended" : `ended with ${newest.conclusion}`;
    return [reason("stage-check-failed", `${what} ${why}; allowed: success. Mend what it found, as a new version`)];
  });
}
