import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { APP, Company, PEOPLE } from "../../support/github/company";
import { FlowCommands } from "../../support/github/flowCommands";
import { IMAGE } from "../../support/github/released";

const { developer, qaManager, uatManager, devManager } = PEOPLE;

/** The company's gates, where nobody signs qa off. */
const GATES = {
  roles: {
    qa: [{ team: "qa-managers", id: 4100101 }],
    uat: [{ team: "uat-managers", id: 4100102 }],
    dev: [{ team: "dev-managers", id: 4100103 }],
  },
  signOffs: { uat: ["qa", "uat"], prod: ["qa", "uat", "dev"] },
  automation: { app: APP },
};

describe("dualreg release, through a stage that nobody signs off", () => {
  let company: Company;
  let dualreg: FlowCommands;
  before(async () => {
    company = await Company.begin(GATES);
    dualreg = new FlowCommands(company);
    const file = join(dualreg.project, "Pulumi.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace(/^ {8}qa: \[qa\]\n/m, ""));
  });
  after(async () => {
    dualreg.end();
    assert.deepEqual(company.github.unknown, []);
    await company.stop();
  });

  it("release places the tag where no role is asked for, says so, and goes on from there (S0-14, S0-19)", async () => {
    const cut = await dualreg.cut("release/1", { by: developer.login });
    assert.equal(cut.code, 0, cut.stderr);
    const next = await dualreg.next("qa");
    assert.match(next.stdout, /^Tag v0\.0\.1-qa: dualreg release tag v0\.0\.1-qa\n {2}signed off by: nobody/);
    const asked = await dualreg.request("v0.0.1-qa");
    assert.deepEqual([asked.code, /place the tag: dualreg release tag v0\.0\.1-qa/.test(asked.stderr)], [2, true]);
    const check = await dualreg.check("v0.0.1-qa");
    assert.equal(check.code, 0, check.stdout);
    assert.match(check.stdout, /nobody signs off qa: gates\.signOffs\.qa names no role/);
    assert.match((await dualreg.tag("v0.0.1-qa")).stdout, /^TAGGED v0\.0\.1-qa/);

    const uat = await dualreg.request("v0.0.1-uat", { image: [IMAGE] });
    assert.equal(uat.code, 0, uat.stderr);
    for (const approver of [qaManager, uatManager]) company.approve(approver);
    assert.equal((await dualreg.tag("v0.0.1-uat")).code, 0);
    assert.equal((await dualreg.request("v0.0.1", { image: [IMAGE] })).code, 0);
    for (const approver of [qaManager, uatManager, devManager]) company.approve(approver);
    assert.equal((await dualreg.tag("v0.0.1")).code, 0);

    // What was taken stands, though the branch goes on.
    company.change("release/1", developer, "A fix for the next version");
    for (const tag of ["v0.0.1-qa", "v0.0.1-uat", "v0.0.1"]) {
      const { code, stdout } = await dualreg.check(tag);
      assert.equal(code, 0, stdout);
    }
  });

  it("release counts the automation's own record alone for when such a tag was placed (S0-19)", async () => {
    const { state } = company.github;
    const records = state.deployments.filter(({ task, ref }) => task === "dual-registry:tag" && ref === "v0.0.1-qa");
    assert.equal(records.length, 1);
    for (const record of records) record.creator = developer;
    assert.match((await dualreg.check("v0.0.1-qa")).stdout, /\[tag-behind-head\]/);
  });
});
