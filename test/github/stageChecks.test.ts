import assert from "node:assert/strict";
import { type Company, PEOPLE } from "../support/github/company";
import type { FlowCommands } from "../support/github/flowCommands";
import { IMAGE, takeTo, withReleaseBranch } from "../support/github/released";

const { qaManager, uatManager, devManager } = PEOPLE;

describe("dualreg release check, where a stage's tests must have passed", () => {
  let company: Company;
  let dualreg: FlowCommands;
  let end: () => Promise<void>;
  let atUat: () => void;

  before(async () => {
    const gates = "      stageChecks: { uat: [end-to-end] }\n";
    ({ company, dualreg, end } = await withReleaseBranch(gates));
    company.checked("release/1", "end-to-end", "success");
    await takeTo("uat", company, dualreg);
    company.checked("v0.0.1-uat", "unit", "failure");
    atUat = company.keep();
  });
  beforeEach(() => atUat());
  after(() => end());

  /** The verdict on prod once everybody has approved, where the check said these things of the commit at uat. */
  async function verdictAfter(...conclusions: readonly (string | undefined)[]) {
    for (const conclusion of conclusions) company.checked("v0.0.1-uat", "end-to-end", conclusion);
    const asked = await dualreg.request("v0.0.1", { image: [IMAGE] });
    if (asked.code !== 0) return asked;
    for (const approver of [qaManager, uatManager, devManager]) company.approve(approver);
    return dualreg.check("v0.0.1", { image: [IMAGE] });
  }

  it("check lets prod wait for the end-to-end tests of uat, and a pass of before its tag is none (S2-13)", async () => {
    const { code, stdout, stderr } = await verdictAfter();
    assert.equal(code, 1, stderr);
    assert.match(
      stdout + stderr,
      /check "end-to-end" of uat for \w{12} has not run since v0\.0\.1-uat was placed; run it/,
    );
  });

  it("check refuses what failed at uat, and what has not ended, and takes the newest result (S2-13)", async () => {
    const failed = await verdictAfter("success", "failure");
    assert.equal(failed.code, 1);
    assert.match(failed.stdout + failed.stderr, /check "end-to-end" of uat .* ended with failure; allowed: success/);
    atUat();
    const running = await verdictAfter("success", undefined);
    assert.match(running.stdout + running.stderr, /check "end-to-end" of uat .* has not ended/);
    atUat();
    const passed = await verdictAfter("failure", "success");
    assert.equal(passed.code, 0, passed.stdout + passed.stderr);
  });

  it("check stands by a release that is out, whatever a later run of its tests says (S2-13)", async () => {
    assert.equal((await verdictAfter("success")).code, 0);
    assert.equal((await dualreg.tag("v0.0.1")).code, 0);
    company.checked("v0.0.1-uat", "end-to-end", "failure");
    const { code, stdout } = await dualreg.check("v0.0.1");
    assert.equal(code, 0, stdout);
  });
});
