import assert from "node:assert/strict";
import { CANDIDATE_TASK, candidateDigest, payloadOf, readPayload, runTitle } from "../../src/github/candidate";
import { type Company, PEOPLE } from "../support/github/company";
import type { FlowCommands } from "../support/github/flowCommands";
import { IMAGE, takeTo, withReleaseBranch } from "../support/github/released";

const { developer, qaManager, uatManager, twoHats, automation } = PEOPLE;
const OTHER = `orders/api@sha256:${"e5".repeat(32)}`;

describe("dualreg release check, against those who would get around it", () => {
  let company: Company;
  let dualreg: FlowCommands;
  let end: () => Promise<void>;
  /** Brings back release/1 as it was cut. */
  let afterCut: () => void;
  /** Brings back the request for uat, with v0.0.1-qa placed. */
  let askForUat: () => void;
  before(async () => {
    ({ company, dualreg, end } = await withReleaseBranch());
    afterCut = company.keep();
    await takeTo("qa", company, dualreg);
    const { code, stderr } = await dualreg.request("v0.0.1-uat", { image: [IMAGE] });
    assert.equal(code, 0, stderr);
    askForUat = company.keep();
  });
  beforeEach(() => afterCut());
  after(() => end());

  async function refuses(tag: string, ...says: readonly RegExp[]): Promise<void> {
    const { code, stdout, stderr } = await dualreg.check(tag);
    assert.equal(code, 1, stdout + stderr);
    for (const words of says) assert.match(stdout, words);
  }

  it("check binds approvals to the digests that were asked about: a candidate slipped in afterwards counts for nothing (S0-20)", async () => {
    askForUat();
    for (const approver of [qaManager, uatManager]) company.approve(approver);
    const { state } = company.github;
    const real = state.deployments.find(
      ({ task, environment }) => task === CANDIDATE_TASK && environment === "uat-signoff-qa",
    );
    const candidate = readPayload(real?.payload);
    assert.ok(real && candidate);
    const [repository = "", digest = ""] = OTHER.split("@");
    const payload = payloadOf({ ...candidate, images: [{ repository, digest }] });
    state.deployments.push({ ...real, id: state.nextId(), payload });
    assert.equal((await dualreg.check("v0.0.1-uat", { image: [IMAGE] })).code, 0);
    const slipped = await dualreg.check("v0.0.1-uat", { image: [OTHER] });
    assert.match(slipped.stdout, /approved for uat is sha256:a1.*in qa today: sha256:e5/);
    Object.assign(real, { payload });
    await refuses("v0.0.1-uat", /not-asked/);
  });

  it("check counts no run of another workflow, though it names the same environments and title (S0-19)", async () => {
    askForUat();
    for (const approver of [qaManager, uatManager]) company.approve(approver);
    company.github.state.workflows.add("mine.yml");
    company.run.workflow = "mine.yml";
    await refuses("v0.0.1-uat", /not-asked/);
  });

  it("check counts no run of another branch, of a tag called main, or of another repository, whatever its title (S0-19)", async () => {
    askForUat();
    for (const approver of [qaManager, uatManager]) company.approve(approver);
    assert.equal((await dualreg.check("v0.0.1-uat")).code, 0);
    const { branch, repository, sha } = company.run;
    Object.assign(company.run, { branch: "release/1" });
    await refuses("v0.0.1-uat", /not-asked/);
    Object.assign(company.run, { branch, repository: "somebody/orders" });
    await refuses("v0.0.1-uat", /not-asked/);
    // A tag called main: the run's branch reads main as well, and its file is whatever the tag holds.
    const evil = company.push("feature/x", developer, "Gates that let everything through", { from: "main" });
    Object.assign(company.run, { repository, sha: evil });
    await refuses("v0.0.1-uat", /not-asked/);
    Object.assign(company.run, { sha });
    assert.equal((await dualreg.check("v0.0.1-uat")).code, 0);
  });

  it("check takes no candidate of another repository, and none of another branch", async () => {
    askForUat();
    for (const approver of [qaManager, uatManager]) company.approve(approver);
    const { state } = company.github;
    const kept = state.deployments.find(
      ({ task, environment }) => task === CANDIDATE_TASK && environment.startsWith("uat"),
    );
    const candidate = readPayload(kept?.payload);
    assert.ok(kept && candidate);
    for (const [different, says] of [
      [{ repository: "company/other" }, /not-asked/],
      [{ branch: "release/9" }, /for branch "release\/9"; wanted: release\/1/],
    ] as const) {
      const slipped = { ...candidate, ...different };
      kept.payload = payloadOf(slipped);
      company.run.title = runTitle("v0.0.1-uat", "uat", candidateDigest(slipped));
      await refuses("v0.0.1-uat", says);
    }
  });

  it("check counts no run that a push started, whatever its title", async () => {
    askForUat();
    for (const approver of [qaManager, uatManager]) company.approve(approver);
    company.run.event = "push";
    await refuses("v0.0.1-uat", /not-asked/);
  });

  it("check refuses one person of two teams in both gates (S0-17)", async () => {
    askForUat();
    company.approve(twoHats);
    company.approve(twoHats);
    await refuses("v0.0.1-uat", /"two-hats" approved for "qa" and for "uat"/);
  });

  it("check refuses somebody whom an administrator let approve, past the team (S0-17)", async () => {
    askForUat();
    company.approve(qaManager);
    company.approve(PEOPLE.reviewer, true);
    await refuses("v0.0.1-uat", /"reviewer" for role "uat" approved and does not belong to the role/);
  });

  it("check refuses whoever repeated the run", async () => {
    askForUat();
    company.run.starters.push(uatManager, automation);
    for (const approver of [qaManager, uatManager]) company.approve(approver);
    await refuses("v0.0.1-uat", /"uat-manager" for role "uat" approved and asked for the tag/);
  });

  it("check refuses approvals older than the last push, and a tag behind its branch (S0-19)", async () => {
    await dualreg.request("v0.0.1-qa");
    company.approve(qaManager);
    company.change("release/1", developer, "one more thing");
    await refuses("v0.0.1-qa", /for commit .*; wanted: /, /before the last push to release\/1/);
  });

  it("check refuses a tag that was moved, though all approved it where it is now (S0-19)", async () => {
    askForUat();
    company.moveTag("v0.0.1-qa", company.change("release/1", developer, "one more thing"));
    await refuses("v0.0.1-qa", /so it was moved/, /approval-other-commit/);
  });

  it("check refuses a tag off the release branch (S0-19)", async () => {
    company.moveTag("v0.0.1-qa", company.push("feature/x", developer, "work", { from: "main" }));
    await refuses("v0.0.1-qa", /lies on no branch release\/N/);
  });

  it("check refuses a release branch that somebody else began, or off main (S0-13, S0-12)", async () => {
    company.push("release/2", developer, "work of mine", { from: "main" });
    await refuses("v0.0.2-qa", /"developer" may not cut release\/2/, /which is not on main/);
  });

  it("check knows an author by co-authorship and by their pull request, and refuses their approval (S0-17)", async () => {
    const together = "Together\n\nCo-authored-by: Q <12345+qa-manager@users.noreply.github.com>";
    company.change("release/1", developer, together);
    company.change("release/1", uatManager, "From home", { email: "me@home.example.com" });
    await dualreg.request("v0.0.1-qa");
    company.approve(qaManager);
    await refuses("v0.0.1-qa", /"qa-manager" .* is an author of the release \(co-author of/);
    const { stdout } = await dualreg.check("v0.0.1-qa", { format: "json" });
    assert.match(stdout, /"login": "uat-manager"/);
    assert.match(stdout, /"verdict": "refused"/);
  });

  it("check refuses a release of which an author cannot be told from an approver", async () => {
    company.push("nowhere", developer, "From nowhere", { from: "release/1", email: "me@home.example.com" });
    company.merge("nowhere", developer, { into: "release/1" });
    await refuses("v0.0.1-qa", /authors-unknown/);
    const { code, stderr } = await dualreg.request("v0.0.1-qa");
    assert.deepEqual([code, /let the authors link their addresses/.test(stderr)], [1, true], stderr);
  });

  it("check says which right is missing where the token may not see the teams", async () => {
    await dualreg.request("v0.0.1-qa");
    company.approve(qaManager);
    const { account } = company.github.state.tokens.get("ghs_releaseautomationbot") ?? { account: automation };
    const permissions = { contents: "write", deployments: "write", actions: "write", pull_requests: "read" } as const;
    company.github.state.tokens.set("ghs_releaseautomationbot", { account, permissions });
    const { code, stderr } = await dualreg.check("v0.0.1-qa");
    assert.deepEqual([code, /permission Members: read/.test(stderr)], [2, true], stderr);
  });
});
