import assert from "node:assert/strict";
import { type CutFacts, judgeCut } from "../../../src/domain/flow/nextMove";
import type { ReasonCode } from "../../../src/domain/flow/verdict";
import { COMMIT } from "../../support/release/stepFacts";

const CUT: CutFacts = {
  ...{ branch: "release/2", from: "main", commit: COMMIT, onMain: true, others: ["release/1"] },
  ...{ by: { login: "qa-manager", entitled: true }, entitled: ["team qa-managers"] },
};

const CUTS: readonly (readonly [string, Partial<CutFacts>, ReasonCode, RegExp])[] = [
  [
    "from a branch that is not main",
    { onMain: false, from: "sprint-1/feature/x" },
    "cut-not-from-main",
    /sprint-1\/feature\/x .* not on main/,
  ],
  ["of a number that is left out", { branch: "release/3" }, "cut-other-name", /allowed: release\/2/],
  ["of a number that is there", { branch: "release/1" }, "cut-other-name", /allowed: release\/2/],
  ["of another name", { branch: "release/next" }, "cut-other-name", /"release\/next"/],
  [
    "by somebody who may not",
    { by: { login: "developer", entitled: false } },
    "cut-by-nobody-entitled",
    /"developer" may not cut .* team qa-managers, the automation/,
  ],
];

describe("judgeCut", () => {
  it("judgeCut lets the QA manager's team and the automation cut the next branch from main (S0-13, S0-12)", () => {
    assert.deepEqual(judgeCut(CUT).reasons, []);
  });

  for (const [criterion, different, code, says] of CUTS) {
    it(`judgeCut refuses a cut ${criterion} (S0-13)`, () => {
      const { reasons } = judgeCut({ ...CUT, ...different });
      assert.deepEqual(
        reasons.map((each) => each.code),
        [code],
      );
      assert.match(reasons[0]?.why ?? "", says);
    });
  }
});
