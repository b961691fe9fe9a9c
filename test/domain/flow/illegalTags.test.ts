import assert from "node:assert/strict";
import { judgeStep } from "../../../src/domain/flow/judgeStep";
import type { StepFacts } from "../../../src/domain/flow/stepFacts";
import type { ReasonCode } from "../../../src/domain/flow/verdict";
import {
  branch,
  COMMIT,
  facts,
  OTHER_COMMIT,
  OTHER_DIGEST,
  placed,
  request,
  step,
  taken,
} from "../../support/release/stepFacts";

/** The step to qa, of a commit that lies on no release branch. */
function offBranch(): StepFacts {
  const off = facts("v0.0.1-qa");
  delete off.branch;
  return off;
}

/** What is no legal move, the reason it is refused for, and its words. */
const ILLEGAL: readonly (readonly [string, StepFacts, ReasonCode, RegExp])[] = [
  ["a tag off the release branch", offBranch(), "tag-off-branch", /lies on no branch release\/N/],
  [
    "a stage that is skipped",
    facts("v0.0.1", { before: facts("v0.0.1-uat") }),
    "stage-skipped",
    /v0\.0\.1 needs v0\.0\.1-uat first/,
  ],
  [
    "a stage before that tested another commit",
    facts("v0.0.1-uat", { before: taken("v0.0.1-qa", { placed: { ...placed, commit: OTHER_COMMIT } }) }),
    "stage-other-commit",
    /v0\.0\.1-qa is dddddddddddd/,
  ],
  [
    "a stage before without its sign-offs",
    facts("v0.0.1-uat", { before: facts("v0.0.1-qa", { placed, requests: [] }) }),
    "stage-not-signed-off",
    /qa is not signed off as v0\.0\.1-qa: nobody has asked/,
  ],
  [
    "another digest than the stage before signed off",
    facts("v0.0.1", {
      requests: [
        request(step("v0.0.1"), {
          candidate: {
            ...request(step("v0.0.1")).candidate,
            images: [{ repository: "orders/api", digest: OTHER_DIGEST }],
          },
        }),
      ],
    }),
    "stage-other-digest",
    /orders\/api: asked for prod is sha256:b2.*signed off for uat: sha256:a1/,
  ],
  [
    "a moved tag",
    taken("v0.0.1-uat", { placed: { ...placed, deployedFrom: [OTHER_COMMIT, COMMIT] } }),
    "tag-moved",
    /was deployed from dddddddddddd, so it was moved/,
  ],
  [
    "a tag that is there for another commit",
    taken("v0.0.1-uat", { placed: { ...placed, commit: OTHER_COMMIT } }),
    "tag-taken",
    /tags never move/,
  ],
  [
    "a candidate after the release",
    facts("v0.0.1-rc2", { tags: ["v0.0.1-rc1", "v0.0.1"] }),
    "release-is-out",
    /v0\.0\.1 is released, so v0\.0\.1-rc2 can no longer be placed/,
  ],
  [
    "a stage's tag after the release",
    facts("v0.0.1-qa", { tags: ["v0.0.1"] }),
    "release-is-out",
    /take the next version/,
  ],
  [
    "a branch that went on",
    facts("v0.0.1-uat", { branch: branch({ head: OTHER_COMMIT, pushes: [] }) }),
    "tag-behind-head",
    /release\/1 went on to dddddddddddd/,
  ],
  [
    "a branch that went on, though the tag stands: no record says that the step was taken before",
    facts("v0.0.1-uat", { placed, branch: branch({ head: OTHER_COMMIT }) }),
    "tag-behind-head",
    /release\/1 went on to dddddddddddd/,
  ],
  [
    "a commit that was pushed straight to the release branch",
    facts("v0.0.1-qa", { branch: branch({ changes: [{ after: COMMIT, by: "developer" }] }) }),
    "commit-pushed-straight",
    /cccccccccccc on release\/1, which v0\.0\.1-qa holds and main does not, was pushed by "developer"/,
  ],
  [
    "a pull request into the release branch that nobody but its writers approved",
    facts("v0.0.1-qa", {
      branch: branch({
        changes: [{ after: COMMIT, pull: { number: 4, writers: ["developer"], approvedBy: ["Developer"] } }],
      }),
    }),
    "commit-not-reviewed",
    /came by pull request 4, whose last state was approved by "Developer"; allowed: somebody who neither/,
  ],
  [
    "a pull request into the release branch that nobody approved",
    facts("v0.0.1-qa", {
      branch: branch({ changes: [{ after: COMMIT, pull: { number: 4, writers: ["developer"], approvedBy: [] } }] }),
    }),
    "commit-not-reviewed",
    /was approved by nobody/,
  ],
  [
    "a commit that came nobody knows how, though the tag stands",
    taken("v0.0.1-qa", { branch: branch({ untraced: ["cccccccccccc"] }) }),
    "commit-not-traced",
    /no record of how cccccccccccc came to release\/1/,
  ],
];

describe("judgeStep, of tags and stages", () => {
  for (const tag of ["v0.0.1-qa", "v0.0.1-uat", "v0.0.1"]) {
    it(`judgeStep lets ${tag} through with everything in order (S0-19)`, () => {
      assert.deepEqual(judgeStep(facts(tag)).reasons, []);
    });
  }

  for (const [criterion, illegal, code, says] of ILLEGAL) {
    it(`judgeStep refuses ${criterion} (S0-19)`, () => {
      const { legal, reasons } = judgeStep(illegal);
      assert.equal(legal, false);
      const found = reasons.find((each) => each.code === code);
      assert.match(found?.why ?? `only: ${JSON.stringify(reasons)}`, says);
    });
  }
});
