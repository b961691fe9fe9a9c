import assert from "node:assert/strict";
import { type Company, PEOPLE } from "../support/github/company";
import type { FlowCommands } from "../support/github/flowCommands";
import type { Run } from "../support/github/state";
import { IMAGE, takeTo, withReleaseBranch } from "../support/github/released";

const { qaManager, uatManager, devManager } = PEOPLE;
/** Number of the App that scans, and of the one as which every workflow reports. */
const SCANNER = 424_242;
const ACTIONS = 15_368;

describe("dualreg release check, where a stage's tests must have passed", () => {
  let company: Company;
  let dualreg: FlowCommands;
  let end: () => Promise<void>;
  let atStart: () => void;
  let atUat: () => void;

  before(async () => {
    const gates = `      stageChecks: { uat: [{ name: end-to-end, workflow: e2e.yml }, { name: scan, app: ${SCANNER} }] }\n`;
    ({ company, dualreg, end } = await withReleaseBranch(gates));
    company.ran("e2e.yml", titleAt("release/1"), "success");
    await takeTo("uat", company, dualreg);
    atStart = company.keep();
    company.checked("v0.0.1-uat", "scan", SCANNER, "success");
    atUat = company.keep();
  });
  beforeEach(() => atUat());
  after(() => end());

  const titleAt = (ref: string): string => `end-to-end of v0.0.1-uat in uat at ${company.at(ref)}`;
  const tested = (conclusion?: string, different: Partial<Run> = {}): Run =>
    company.ran("e2e.yml", titleAt("v0.0.1-uat"), conclusion, different);

  /** The verdict on prod once everybody has approved. */
  async function verdict() {
    const asked = await dualreg.request("v0.0.1", { image: [IMAGE] });
    if (asked.code !== 0) return asked;
    for (const approver of [qaManager, uatManager, devManager]) company.approve(approver);
    return dualreg.check("v0.0.1", { image: [IMAGE] });
  }

  /** The verdict where runs of the tests said these things of the commit at uat. */
  async function verdictAfter(...conclusions: readonly (string | undefined)[]) {
    for (const conclusion of conclusions) tested(conclusion);
    return verdict();
  }

  it("check lets prod wait for the end-to-end tests of uat, and a pass of before its tag is none (S2-13)", async () => {
    const { code, stdout, stderr } = await verdictAfter();
    assert.equal(code, 1, stderr);
    assert.match(
      stdout + stderr,
      /check "end-to-end" of uat for \w{12} by e2e\.yml has not run since v0\.0\.1-uat was placed; run it/,
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
    tested("failure");
    company.checked("v0.0.1-uat", "scan", SCANNER, "failure");
    const { code, stdout } = await dualreg.check("v0.0.1");
    assert.equal(code, 0, stdout);
  });

  it("check takes a check's word from those alone who may report it: a namesake is neither a pass nor a failure (S2-13)", async () => {
    const evil = company.push("feature/x", PEOPLE.developer, "Tests that always pass", { from: "main" });
    const mine: Partial<Run> = { branch: "feature/x", sha: evil };
    for (const different of [mine, { event: "push" }, { repository: "developer/orders" }, { sha: evil }]) {
      atUat();
      tested("success", different);
      company.checked("v0.0.1-uat", "end-to-end", ACTIONS, "success");
      assert.match((await verdict()).stderr, /check "end-to-end" of uat .* has not run/, JSON.stringify(different));
      atUat();
      tested("success");
      tested("failure", different);
      company.checked("v0.0.1-uat", "end-to-end", ACTIONS, "failure");
      company.checked("v0.0.1-uat", "scan", ACTIONS, "failure");
      const passed = await verdict();
      assert.equal(passed.code, 0, passed.stderr);
    }
  });

  it("check takes an App's check from that App alone (S2-13)", async () => {
    atStart();
    tested("success");
    company.checked("v0.0.1-uat", "scan", ACTIONS, "success");
    assert.match((await verdict()).stderr, /check "scan" of uat .* by App 424242 has not run/);
  });

  it("check counts no run of another tag, stage or commit, and no other check of the same file (S2-13)", async () => {
    const at = company.at("v0.0.1-uat");
    for (const title of [
      `end-to-end of v0.0.2-uat in uat at ${at}`,
      `end-to-end of v0.0.1-uat in qa at ${at}`,
      `end-to-end of v0.0.1-uat in uat at ${"d".repeat(40)}`,
      `smoke of v0.0.1-uat in uat at ${at}`,
      `end-to-end of v0.0.1-uat in uat at ${at} or not`,
    ])
      company.ran("e2e.yml", title, "success");
    assert.match((await verdict()).stderr, /check "end-to-end" of uat .* has not run/);
  });

  it("check looks at every attempt of a run: one that is repeated blocks until it has ended (S2-13)", async () => {
    const run = tested("success");
    const again = { startedAt: company.github.state.tick(), conclusion: null as string | null };
    run.starters.push(PEOPLE.developer);
    run.attempts.push(again);
    assert.match((await verdict()).stderr, /check "end-to-end" of uat .* has not ended/);
    again.conclusion = "failure";
    assert.match((await verdict()).stderr, /check "end-to-end" of uat .* ended with failure/);
    again.conclusion = "success";
    assert.equal((await verdict()).code, 0);
  });
});
