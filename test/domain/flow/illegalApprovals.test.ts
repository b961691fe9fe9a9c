import assert from "node:assert/strict";
import { judgeStep } from "../../../src/domain/flow/judgeStep";
import type { Approval, StepFacts } from "../../../src/domain/flow/stepFacts";
import type { ReasonCode } from "../../../src/domain/flow/verdict";
import {
  approval,
  at,
  branch,
  COMMIT,
  DIGEST,
  facts,
  OTHER_COMMIT,
  OTHER_DIGEST,
  placed,
  request,
  step,
  taken,
} from "../../support/release/stepFacts";

const UAT = step("v0.0.1-uat");

/** The step to uat, with one approval changed. */
function approved(role: string, different: Partial<Approval>): StepFacts {
  const approvals = request(UAT).approvals.map((each) => (each.role === role ? { ...each, ...different } : each));
  return facts("v0.0.1-uat", { requests: [request(UAT, { approvals })] });
}

const asked = (different: Parameters<typeof request>[1]): StepFacts =>
  facts("v0.0.1-uat", { requests: [request(UAT, different)] });

const { candidate } = request(UAT);

/** What is no legal move, the reason it is refused for, and its words. */
const ILLEGAL: readonly (readonly [string, StepFacts, ReasonCode, RegExp])[] = [
  [
    "a candidate of another commit",
    asked({ candidate: { ...candidate, commit: OTHER_COMMIT } }),
    "approval-other-commit",
    /for commit dddddddddddd/,
  ],
  [
    "an approval on another branch",
    asked({ candidate: { ...candidate, branch: "release/2" } }),
    "approval-other-branch",
    /for branch "release\/2"; wanted: release\/1/,
  ],
  [
    "an approval of another digest than stands there",
    facts("v0.0.1-uat", { images: [{ repository: "orders/api", digest: OTHER_DIGEST }] }),
    "approval-other-digest",
    /approved for uat is sha256:a1.*in qa today: sha256:b2/,
  ],
  [
    "an approval of no digest at all",
    asked({ candidate: { ...candidate, images: [] } }),
    "approval-other-digest",
    /name no image/,
  ],
  [
    "an approval that holds an image too few",
    facts("v0.0.1-uat", {
      images: [
        { repository: "orders/api", digest: DIGEST },
        { repository: "orders/web", digest: DIGEST },
      ],
    }),
    "approval-other-digest",
    /orders\/web: approved for uat is nothing/,
  ],
  [
    "an approval by an author",
    approved("uat", { by: "Developer" }),
    "approval-by-author",
    /"Developer" for role "uat" approved and is an author/,
  ],
  [
    "an approval by whoever started the run",
    approved("uat", { by: "Release-Automation[bot]" }),
    "approval-by-tagger",
    /asked for the tag or placed it/,
  ],
  [
    "an approval by whoever asked for the tag",
    asked({ candidate: { ...candidate, askedBy: "uat-manager" } }),
    "approval-by-tagger",
    /"uat-manager" for role "uat"/,
  ],
  [
    "an approval by whoever placed the tag",
    taken("v0.0.1-uat", { placed: { ...placed, by: "qa-manager" } }),
    "approval-by-tagger",
    /"qa-manager" for role "qa"/,
  ],
  [
    "a step that no person asked for",
    asked({ candidate: { ...candidate, askedBy: "release-automation[bot]" } }),
    "asked-by-nobody",
    /only "release-automation\[bot\]", so approvers cannot be checked/,
  ],
  [
    "an approval that a push voided, though the tag was placed all the same and no record says that it was taken",
    facts("v0.0.1-uat", { placed, branch: branch({ pushes: [{ at: at(40), after: COMMIT }] }) }),
    "approval-stale",
    /before the last push to release\/1/,
  ],
  [
    "one person for two gates",
    approved("uat", { by: "QA-manager" }),
    "one-person-two-gates",
    /"QA-manager" approved for "qa" and for "uat"; allowed: distinct people/,
  ],
  [
    "an approval by somebody outside the role",
    approved("uat", { entitled: false }),
    "approval-by-nobody-entitled",
    /does not belong to the role/,
  ],
  [
    "an approval older than the last push",
    facts("v0.0.1-uat", { branch: branch({ pushes: [{ at: at(1), after: COMMIT }] }) }),
    "approval-stale",
    /"qa-manager" for role "qa" approved at .*09:00:00Z, before the last push/,
  ],
  [
    "a role that has not approved",
    asked({ approvals: [approval("qa", 0)] }),
    "approval-missing",
    /role "uat" has not approved/,
  ],
  [
    "a role that said no",
    asked({ approvals: [approval("qa", 0)], rejections: [{ role: "uat", by: "uat-manager" }] }),
    "approval-rejected",
    /"uat-manager" rejected/,
  ],
  [
    "two people for one role in one run",
    asked({ approvals: [approval("qa", 0), approval("qa", 1, { by: "other-qa-manager" }), approval("uat", 2)] }),
    "approval-twice",
    /"qa-manager" and "other-qa-manager"/,
  ],
  [
    "a role before the one ahead of it",
    approved("qa", { at: at(20) }),
    "approval-out-of-order",
    /in the order qa, uat/,
  ],
  [
    "an approval that nobody timed",
    facts("v0.0.1-uat", {
      requests: [request(UAT, { approvals: [{ role: "qa", by: "qa-manager", entitled: true }, approval("uat", 1)] })],
    }),
    "approval-not-timed",
    /no status of the deployment says when/,
  ],
  [
    "a step that nobody asked for",
    facts("v0.0.1-uat", { requests: [] }),
    "not-asked",
    /dualreg release request v0\.0\.1-uat/,
  ],
  [
    "a release whose authors nobody knows",
    facts("v0.0.1-uat", { unknownAuthors: ["cccccccccccc"] }),
    "authors-unknown",
    /the login that wrote cccccccccccc is not known/,
  ],
];

describe("judgeStep, of approvals", () => {
  for (const [criterion, illegal, code, says] of ILLEGAL) {
    it(`judgeStep refuses ${criterion} (S0-19)`, () => {
      const { legal, reasons } = judgeStep(illegal);
      assert.equal(legal, false);
      const found = reasons.find((each) => each.code === code);
      assert.match(found?.why ?? `only: ${JSON.stringify(reasons)}`, says);
    });
  }
});
