import { type Step, stepBefore, stepOf } from "../../../src/domain/flow/step";
import type { Approval, Candidate, SignOffRequest, StepFacts } from "../../../src/domain/flow/stepFacts";

export const COMMIT = "c".repeat(40);
export const OTHER_COMMIT = "d".repeat(40);
export const DIGEST = `sha256:${"a1".repeat(32)}`;
export const OTHER_DIGEST = `sha256:${"b2".repeat(32)}`;

/** The roles of each stage, as the story has them. */
export const ROLES = { qa: ["qa"], uat: ["qa", "uat"], prod: ["qa", "uat", "dev"] } as const;

/** When the release branch was pushed to last, and a minute of the day after it. */
const PUSHED = "2026-11-02T08:00:00Z";
export const at = (minute: number): string => `2026-11-02T09:${String(minute).padStart(2, "0")}:00Z`;

/** The step of a tag of a test. */
export function step(tag: string): Step {
  const found = stepOf(tag);
  if ("problem" in found) throw new Error(found.problem);
  return found;
}

export const approval = (role: string, minute: number, different: Partial<Approval> = {}): Approval => ({
  ...{ role, by: `${role}-manager`, at: at(minute), entitled: true },
  ...different,
});

/** A request in which every role approved. */
export function request(of: Step, different: Partial<SignOffRequest> & { candidate?: Candidate } = {}): SignOffRequest {
  const { tag, version, from, to } = of;
  const images = to === "qa" ? [] : [{ repository: "orders/api", digest: DIGEST }];
  return {
    ...{ run: 7, commit: COMMIT, branch: "release/1", askedBy: ["release-automation[bot]"], rejections: [] },
    candidate: { tag, version, from, to, commit: COMMIT, branch: "release/1", images },
    approvals: ROLES[to].map((role, index) => approval(role, index)),
    ...different,
  };
}

/** A step against which nothing stands: not yet tagged itself, the stages before it tagged. */
export function facts(tag: string, different: Partial<StepFacts> = {}): StepFacts {
  const of = step(tag);
  const before = stepBefore(of);
  const earlier = before && facts(before.tag, { placed: { commit: COMMIT, deployedFrom: [] }, done: true });
  return {
    ...{ step: of, commit: COMMIT, done: false, roles: ROLES[of.to], requests: [request(of)] },
    branch: { name: "release/1", head: COMMIT, pushes: [{ at: PUSHED, after: COMMIT }] },
    tags: earlier ? [earlier.step.tag] : [],
    authors: [{ login: "developer", how: "author of cccccccccccc" }],
    ...{ unknownAuthors: [], rebuilt: ["orders/console"] },
    ...(earlier && { before: earlier }),
    ...different,
  };
}
