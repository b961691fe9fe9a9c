import { defined } from "../../../src/base/defined";
import { type Step, stepBefore, stepOf } from "../../../src/domain/flow/step";
import type { Approval, Candidate, SignOffRequest, StepFacts } from "../../../src/domain/flow/stepFacts";
import { DEFAULT_STAGES, gatedStages, type Stage, type Stages } from "../../../src/domain/stage";

export const COMMIT = "c".repeat(40);
export const OTHER_COMMIT = "d".repeat(40);
export const DIGEST = `sha256:${"a1".repeat(32)}`;
export const OTHER_DIGEST = `sha256:${"b2".repeat(32)}`;

/** The roles of a stage, as the story has them: each gated stage has one of its own, and asks those before it again. */
export function rolesOf(stage: Stage, stages: Stages): readonly string[] {
  const gated = gatedStages(stages);
  return gated.slice(0, gated.indexOf(stage) + 1).map((each) => (each === "prod" ? "dev" : each));
}

/** When the release branch was pushed to last, and a minute of the day after it. */
const PUSHED = "2026-11-02T08:00:00Z";
export const at = (minute: number): string => `2026-11-02T09:${String(minute).padStart(2, "0")}:00Z`;

/** The step of a tag of a test. */
export function step(tag: string, stages = DEFAULT_STAGES): Step {
  const found = stepOf(tag, stages);
  if ("problem" in found) throw new Error(found.problem);
  return found;
}

export const approval = (role: string, minute: number, different: Partial<Approval> = {}): Approval => ({
  ...{ role, by: `${role}-manager`, at: at(minute), entitled: true },
  ...different,
});

/** A request in which every role approved. */
export function request(of: Step, different: Partial<SignOffRequest> & { candidate?: Candidate } = {}): SignOffRequest {
  const { tag, version, from, to, entry } = of;
  const images = entry ? [] : [{ repository: "orders/api", digest: DIGEST }];
  return {
    ...{ run: 7, commit: COMMIT, branch: "release/1", askedBy: ["release-automation[bot]"], rejections: [] },
    candidate: { tag, version, ...defined({ from }), to, commit: COMMIT, branch: "release/1", images },
    approvals: rolesOf(to, DEFAULT_STAGES).map((role, index) => approval(role, index)),
    ...different,
  };
}

/** A step against which nothing stands: not yet tagged itself, the stages before it tagged. */
export function facts(tag: string, different: Partial<StepFacts> = {}): StepFacts {
  const of = step(tag);
  const before = stepBefore(of, DEFAULT_STAGES);
  const earlier = before && facts(before.tag, { placed: { commit: COMMIT, deployedFrom: [] }, done: true });
  return {
    ...{ step: of, commit: COMMIT, done: false, roles: rolesOf(of.to, DEFAULT_STAGES), requests: [request(of)] },
    branch: { name: "release/1", head: COMMIT, pushes: [{ at: PUSHED, after: COMMIT }] },
    tags: earlier ? [earlier.step.tag] : [],
    authors: [{ login: "developer", how: "author of cccccccccccc" }],
    ...{ unknownAuthors: [], rebuilt: ["orders/console"] },
    ...(earlier && { before: earlier }),
    ...different,
  };
}
