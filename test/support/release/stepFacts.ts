import { defined } from "../../../src/base/defined";
import { type Step, stepBefore, stepOf } from "../../../src/domain/flow/step";
import type { Approval, Candidate, PlacedTag, SignOffRequest, StepFacts } from "../../../src/domain/flow/stepFacts";
import { DEFAULT_STAGES, gatedStages, type Stage, type Stages } from "../../../src/domain/stage";
import { schemeOf } from "../scheme";

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
  const found = stepOf(tag, schemeOf(stages));
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
    ...{ run: 7, askedBy: ["release-automation[bot]"], rejections: [] },
    candidate: {
      ...{ repository: "company/orders", tag, version, ...defined({ from }), to },
      ...{ commit: COMMIT, branch: "release/1", images, askedBy: "releaser" },
    },
    approvals: rolesOf(to, DEFAULT_STAGES).map((role, index) => approval(role, index)),
    ...different,
  };
}

/** A tag that stands, as GitHub's records tell it. */
export const placed: PlacedTag = { commit: COMMIT, deployedFrom: [COMMIT], recorded: [] };

/** The release branch, cut from main and as it was cut. */
export const branch = (
  different: Partial<NonNullable<StepFacts["branch"]>> = {},
): NonNullable<StepFacts["branch"]> => ({
  ...{ name: "release/1", head: COMMIT, pushes: [{ at: PUSHED, after: COMMIT }], changes: [], untraced: [] },
  ...different,
});

/** A step that was taken in the minute that is given: the tag stands, and the run that was approved placed it. */
export function taken(tag: string, different: Partial<StepFacts> = {}, minute = 30): StepFacts {
  const requests = (different.requests ?? [request(step(tag))]).map((each) => ({ ...each, takenAt: at(minute) }));
  return facts(tag, { placed, ...different, requests });
}

/** A step against which nothing stands: not yet tagged itself, the stages before it tagged. */
export function facts(tag: string, different: Partial<StepFacts> = {}): StepFacts {
  const of = step(tag);
  const before = stepBefore(of, schemeOf());
  const earlier = before && taken(before.tag);
  return {
    ...{ step: of, commit: COMMIT, roles: rolesOf(of.to, DEFAULT_STAGES), requests: [request(of)] },
    branch: branch(),
    tags: earlier ? [earlier.step.tag] : [],
    authors: [{ login: "developer", how: "author of cccccccccccc" }],
    ...{ unknownAuthors: [], rebuilt: ["orders/console"] },
    ...(earlier && { before: earlier }),
    ...different,
  };
}
