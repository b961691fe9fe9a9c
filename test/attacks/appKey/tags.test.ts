import assert from "node:assert/strict";
import { AUTOMATION_ENVIRONMENT } from "../../../src/domain/identity/environments";
import { type Company, PEOPLE } from "../../support/github/company";
import type { FlowCommands } from "../../support/github/flowCommands";
import { IMAGE, takeTo, withReleaseBranch } from "../../support/github/released";

const { automation, developer, qaManager, uatManager } = PEOPLE;

describe("whoever holds the automation App's key", () => {
  let company: Company;
  let dualreg: FlowCommands;
  let end: () => Promise<void>;
  let afterCut: () => void;
  /** v0.0.1-uat has all approvals, and a push came after them. */
  let voided: () => void;
  let approvedCommit = "";
  before(async () => {
    ({ company, dualreg, end } = await withReleaseBranch());
    afterCut = company.keep();
    await takeTo("qa", company, dualreg);
    assert.equal((await dualreg.request("v0.0.1-uat", { image: [IMAGE] })).code, 0);
    for (const approver of [qaManager, uatManager]) company.approve(approver);
    approvedCommit = company.at("release/1");
    company.change("release/1", developer, "A fix that came later");
    voided = company.keep();
  });
  after(() => end());

  /** Places an annotated tag with whatever date the App writes into it. */
  function placeTag(tag: string, commit: string, date: string): void {
    const { state } = company.github;
    const sha = state.hash("tag", tag);
    state.tagObjects.set(sha, { tag, object: commit, tagger: { name: "x", email: "x@example.com", date } });
    state.refs.set(`refs/tags/${tag}`, { type: "tag", sha });
  }

  async function refuses(tag: string, ...says: readonly RegExp[]): Promise<void> {
    const { code, stdout, stderr } = await dualreg.check(tag);
    assert.equal(code, 1, stdout + stderr);
    for (const words of says) assert.match(stdout, words);
  }

  it("check refuses a tag without any sign-off (S0-17, S0-19)", async () => {
    afterCut();
    placeTag("v0.0.1-qa", company.at("release/1"), "2026-11-02T08:00:00Z");
    await refuses("v0.0.1-qa", /\[not-asked\]/);
  });

  it("check refuses a back-dated tag: it does not revive approvals that a push has voided (S0-19)", async () => {
    for (const date of ["2026-11-02T08:00:00Z", "2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"]) {
      voided();
      placeTag("v0.0.1-uat", approvedCommit, date);
      await refuses("v0.0.1-uat", /\[tag-behind-head\]/, /before the last push to release\/1 .*\[approval-stale\]/);
    }
  });

  it("check takes no deployment that somebody wrote for the job that places the tag (S0-19)", async () => {
    const { state } = company.github;
    voided();
    const { id: run, sha, branch } = company.run;
    const jobs = company.run.jobs.map(({ id }) => id);
    const forged = (job: number | string) => {
      const at = state.tick();
      const log_url = `https://github.com/company/orders/actions/runs/${run}/job/${job}`;
      const statuses = ["in_progress", "success"].map((each) => ({
        ...{ id: state.nextId(), state: each, created_at: at, log_url },
      }));
      const place = { sha, ref: branch, task: "deploy", environment: AUTOMATION_ENVIRONMENT, payload: {} };
      state.deployments.push({ id: state.nextId(), ...place, creator: automation, created_at: at, statuses });
    };
    // The jobs that the run really has, one that it has not, and one that another run has.
    for (const job of [...jobs, 4711, ...state.runs.flatMap((each) => each.jobs.map(({ id }) => id))]) {
      voided();
      placeTag("v0.0.1-uat", approvedCommit, "2026-11-02T08:00:00Z");
      forged(job);
      await refuses("v0.0.1-uat", /\[tag-behind-head\]/, /\[approval-stale\]/);
    }
  });

  it("check takes no record of the automation for the run that was approved (S0-19)", async () => {
    voided();
    placeTag("v0.0.1-uat", approvedCommit, "2026-11-02T08:00:00Z");
    const { state } = company.github;
    const record = { task: "dual-registry:tag", environment: "uat", ref: "v0.0.1-uat", sha: approvedCommit };
    const at = { created_at: "2026-11-02T08:01:00Z", statuses: [] };
    state.deployments.push({ id: state.nextId(), ...record, payload: {}, creator: automation, ...at });
    await refuses("v0.0.1-uat", /\[approval-stale\]/);
  });

  it("check refuses the job that placed the tag where it failed, or began before an approval (S0-19)", async () => {
    voided();
    const tagged = await dualreg.tag("v0.0.1-uat");
    assert.equal(tagged.code, 1, tagged.stdout);
    placeTag("v0.0.1-uat", approvedCommit, "2026-11-02T08:00:00Z");
    await refuses("v0.0.1-uat", /\[approval-stale\]/);
  });

  it("check refuses a release branch that the App began off main (S0-12)", async () => {
    afterCut();
    const sha = company.push("feature/x", developer, "Work of mine", { from: "main" });
    const { state } = company.github;
    state.refs.set("refs/heads/release/2", { type: "commit", sha });
    const row = {
      id: state.nextId(),
      ref: "refs/heads/release/2",
      activity_type: "branch_creation",
      actor: automation,
    };
    state.activity.push({ ...row, timestamp: state.tick(), before: "0".repeat(40), after: sha });
    await refuses("v0.0.1-qa", /\[cut-not-from-main\]/, /\[commit-pushed-straight\]/);
  });

  it("check refuses a later step that the App asked for in nobody's name (S0-17)", async () => {
    afterCut();
    await takeTo("qa", company, dualreg);
    const asked = await dualreg.request("v0.0.1-uat", { image: [IMAGE], askedBy: automation.login });
    assert.equal(asked.code, 1);
    assert.match(asked.stderr, /is no person, and whoever asks for v0\.0\.1-uat may not approve it/);
  });

  it("check stands by what was rightly taken, though pushes and people came and went (S0-19)", async () => {
    afterCut();
    await takeTo("uat", company, dualreg);
    company.change("release/1", developer, "A fix for the next version");
    company.github.state.teams.get("uat-managers")?.delete("uat-manager");
    const { code, stdout } = await dualreg.check("v0.0.1-uat");
    assert.equal(code, 0, stdout);
  });
});
