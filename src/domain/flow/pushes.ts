import type { Push, StepFacts } from "./facts";

/** How much later than the pushes a tag's own clock may be, in milliseconds. */
const CLOCK_SKEW = 5 * 60 * 1000;

/**
 * The last push to the release branch that the step's approvals must be younger than. Once the step is taken, later pushes
 * change nothing of it; a lightweight tag does not say when it was placed, and so every push counts.
 */
export function lastPush({ branch, placed, done }: StepFacts): Push | undefined {
  const limit = !done || placed?.at === undefined ? Infinity : Date.parse(placed.at) + CLOCK_SKEW;
  const before = (branch?.pushes ?? []).filter(({ at }) => Date.parse(at) <= limit);
  return before.reduce<Push | undefined>(
    (last, push) => (last === undefined || Date.parse(push.at) > Date.parse(last.at) ? push : last),
    undefined,
  );
}
