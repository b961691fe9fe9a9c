import assert from "node:assert/strict";
import { type Company, PEOPLE } from "../../support/github/company";
import type { FlowCommands } from "../../support/github/flowCommands";
import { IMAGE, takeTo, withReleaseBranch } from "../../support/github/released";

const { developer, qaManager, uatManager, devManager } = PEOPLE;
const ALL = [qaManager, uatManager, devManager];

describe("whoever rolls a stage back to what never stood there", () => {
  let company: Company;
  let dualreg: FlowCommands;
  let end: () => Promise<void>;
  let released: () => void;
  before(async () => {
    ({ company, dualreg, end } = await withReleaseBranch());
    await takeTo("prod", company, dualreg);
    released = company.keep();
  });
  beforeEach(() => released());
  after(() => end());

  const back = (tag: string, to = "prod") => dualreg.check(tag, { taken: true, to });

  it("check --taken takes a version that stood, however far the branch went on since", async () => {
    company.change("release/1", developer, "What broke it");
    company.github.state.teams.set("dev-managers", new Set());
    const { code, stdout } = await back("v0.0.1");
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^OK v0\.0\.1/);
  });

  it("check --taken refuses a version that was never asked for, and one that was signed off and never placed", async () => {
    company.change("release/1", developer, "The next one");
    for (const tag of ["v0.0.2-qa", "v0.0.2"]) {
      const { code, stdout } = await back(tag, tag === "v0.0.2" ? "prod" : "qa");
      assert.equal(code, 1);
      assert.match(stdout, /never came to \w+: GitHub keeps no record[^]*\[step-not-taken\]/);
    }
    assert.equal((await dualreg.request("v0.0.2-qa")).code, 0);
    company.approve(qaManager);
    assert.equal((await dualreg.check("v0.0.2-qa")).code, 0);
    const signedOff = await back("v0.0.2-qa", "qa");
    assert.equal(signedOff.code, 1);
    assert.match(signedOff.stdout, /\[step-not-taken\]/);
  });

  it("check --taken refuses a tag that stands in the stage before alone, and a candidate", async () => {
    const other = await back("v0.0.1-uat");
    assert.match(other.stderr, /it is a tag of uat, not of prod/);
    const candidate = await back("v0.0.1-rc1");
    assert.match(candidate.stderr, /what prod gets is called v0\.0\.1; give that tag/);
    const untaken = await back("v0.0.1-rc1", "uat");
    assert.match(untaken.stdout, /\[step-not-taken\]/);
  });

  it("check --taken refuses a tag that an administrator placed or moved", async () => {
    const other = company.change("release/1", developer, "Something else");
    company.moveTag("v0.0.1", other);
    assert.match((await back("v0.0.1")).stdout, /^REFUSED [^]*\[tag-moved\][^]*\[step-not-taken\]/);
    released();
    const next = company.change("release/1", developer, "The next one");
    company.moveTag("v0.0.2", next);
    assert.match((await back("v0.0.2")).stdout, /^REFUSED [^]*\[step-not-taken\]/);
  });

  it("a version that came by break-glass may be gone back to, and says so", async () => {
    released();
    company.change("release/1", developer, "A fix that cannot wait");
    assert.equal((await dualreg.request("v0.0.2-qa")).code, 0);
    company.approve(qaManager);
    assert.equal((await dualreg.tag("v0.0.2-qa")).code, 0);
    const breakGlass = "The payment provider changed its certificate and orders fail";
    const asked = await dualreg.request("v0.0.2", { breakGlass, from: "qa", image: [IMAGE] });
    assert.equal(asked.code, 0, asked.stderr);
    for (const approver of ALL) company.approve(approver);
    assert.match((await back("v0.0.2")).stdout, /\[step-not-taken\]/);
    assert.equal((await dualreg.tag("v0.0.2")).code, 0);
    const { code, stdout } = await back("v0.0.2");
    assert.equal(code, 0, stdout);
    assert.match(stdout, /BREAK-GLASS/);
  });

  it("a hotfix takes the same way: reviewed on main and on release/N, as the next patch, signed off anew (S0-19, S0-20)", async () => {
    company.push("hotfix", developer, "The fix", { from: "main", pull: "developer" });
    company.merge("hotfix", developer);
    // There is no shorter way: neither what main has, nor a push, nor the approvals that were given.
    company.push("release/1", developer, "The fix, pushed");
    assert.match((await dualreg.request("v0.0.2-qa")).stderr, /\[commit-pushed-straight\]/);
    released();
    company.push("hotfix", developer, "The fix", { from: "main", pull: "developer" });
    company.merge("hotfix", developer);
    const unreviewed = company.keep();
    company.change("release/1", developer, "The fix", { reviewers: [developer] });
    assert.match((await dualreg.request("v0.0.2-qa")).stderr, /\[commit-not-reviewed\]/);
    unreviewed();
    company.change("release/1", developer, "The fix");
    assert.equal((await dualreg.check("v0.0.1")).code, 0, "what is out stays as it was signed off");
    const next = JSON.parse((await dualreg.next("qa", "json")).stdout) as { tag?: string };
    assert.equal(next.tag, "v0.0.2-qa");
    const early = await dualreg.request("v0.0.2", { image: [IMAGE] });
    assert.match(early.stderr, /\[stage-skipped\]/);
    for (const [tag, approvers] of [
      ["v0.0.2-qa", ALL.slice(0, 1)],
      ["v0.0.2-uat", ALL.slice(0, 2)],
      ["v0.0.2", ALL],
    ] as const) {
      const asked = await dualreg.request(tag, tag === "v0.0.2-qa" ? {} : { image: [IMAGE] });
      assert.equal(asked.code, 0, asked.stderr);
      assert.equal((await dualreg.tag(tag)).code, 1, `${tag} without its own sign-offs`);
      for (const approver of approvers) company.approve(approver);
      assert.equal((await dualreg.tag(tag)).code, 0, tag);
    }
  });
});
