import assert from "node:assert/strict";
import { judgeStep } from "../../../src/domain/flow/judgeStep";
import {
  approval,
  at,
  branch,
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
describe("judgeStep, where nothing stands against a step", () => {
  it("judgeStep never puts approvals of two requests together", () => {
    const half = request(UAT, { run: 8, approvals: [approval("uat", 3)] });
    const other = request(UAT, { run: 7, approvals: [approval("qa", 0)] });
    assert.equal(judgeStep(facts("v0.0.1-uat", { requests: [half, other] })).legal, false);
  });

  it("judgeStep takes the request that holds, though a newer one does not", () => {
    const empty = request(UAT, { run: 8, approvals: [] });
    const { legal, request: taken } = judgeStep(facts("v0.0.1-uat", { requests: [empty, request(UAT)] }));
    assert.deepEqual([legal, taken?.run], [true, 7]);
  });

  it("judgeStep lets a step that was taken stand though its branch went on and an approver left the team", () => {
    const later = branch({ head: OTHER_COMMIT, pushes: [{ at: at(59), after: OTHER_COMMIT }] });
    const approvals = request(UAT).approvals.map((each) => ({ ...each, entitled: false }));
    const stands = taken("v0.0.1-uat", { branch: later, requests: [request(UAT, { approvals })] });
    assert.deepEqual(judgeStep(stands).reasons, []);
    // The same tag without GitHub's record of the run that placed it.
    const codes = judgeStep({ ...stands, requests: [request(UAT, { approvals })] }).reasons.map(({ code }) => code);
    assert.deepEqual(new Set(codes), new Set(["tag-behind-head", "approval-by-nobody-entitled", "approval-stale"]));
  });

  it("judgeStep takes what a later step rested on as of when that was taken", () => {
    const later = branch({ head: OTHER_COMMIT, pushes: [{ at: at(59), after: OTHER_COMMIT }] });
    const before = facts("v0.0.1-qa", { placed, branch: later });
    assert.equal(judgeStep(before).legal, false);
    assert.deepEqual(judgeStep(taken("v0.0.1-uat", { branch: later, before })).reasons, []);
  });

  it("judgeStep lets an image that is rebuilt for each stage have another digest in each", () => {
    const prod = step("v0.0.1");
    const images = [
      { repository: "orders/api", digest: DIGEST },
      { repository: "orders/console", digest: OTHER_DIGEST },
    ];
    const asks = request(prod, { candidate: { ...request(prod).candidate, images } });
    assert.deepEqual(judgeStep(facts("v0.0.1", { requests: [asks] })).reasons, []);
  });

  it("judgeStep says so where it does not know who signs off", () => {
    const unknown = facts("v0.0.1-qa", { requests: [] });
    delete unknown.roles;
    assert.match(judgeStep(unknown).notes.join(), /approvals of v0\.0\.1-qa were not read again/);
  });
});
