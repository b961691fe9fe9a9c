import assert from "node:assert/strict";
import { type Company, PEOPLE } from "../../support/github/company";
import type { FlowCommands } from "../../support/github/flowCommands";
import { withReleaseBranch } from "../../support/github/released";

const { developer, reviewer, qaManager, workflowToken, dependabot, automation } = PEOPLE;

describe("a writer who wants unreviewed code released", () => {
  let company: Company;
  let dualreg: FlowCommands;
  let end: () => Promise<void>;
  let afterCut: () => void;
  before(async () => {
    ({ company, dualreg, end } = await withReleaseBranch());
    afterCut = company.keep();
  });
  beforeEach(() => afterCut());
  after(() => end());

  /** Asked for by somebody else, it is refused before anybody is asked to approve it, and when it is checked. */
  async function isRefused(...says: readonly RegExp[]): Promise<void> {
    for (const { code, stdout, stderr } of [await dualreg.request("v0.0.1-qa"), await dualreg.check("v0.0.1-qa")]) {
      assert.equal(code, 1, stdout + stderr);
      for (const words of says) assert.match(stdout + stderr, words);
    }
  }

  it("check refuses a commit that was pushed straight to release/1 (S0-12)", async () => {
    company.push("release/1", developer, "Nobody has looked at this");
    await isRefused(/which v0\.0\.1-qa holds and main does not, was pushed by "developer".*\[commit-pushed-straight\]/);
  });

  it("check refuses a push that a reviewed pull request was put on top of (S0-12)", async () => {
    company.push("release/1", developer, "Nobody has looked at this");
    company.change("release/1", developer, "But at this");
    await isRefused(/\[commit-pushed-straight\]/);
  });

  it("check refuses a force-push that leaves the branch where it was cut and beyond (S0-12)", async () => {
    const cut = company.at("release/1");
    const sha = company.push("release/1", developer, "Nobody has looked at this");
    const { activity } = company.github.state;
    const row = activity.at(-1);
    if (row) activity[activity.length - 1] = { ...row, activity_type: "force_push", before: cut, after: sha };
    await isRefused(/\[commit-pushed-straight\]/);
  });

  it("check refuses a pull request that nobody approved, or only who wrote it (S0-12)", async () => {
    company.change("release/1", developer, "Mine", { reviewers: [] });
    await isRefused(/whose last state was approved by nobody.*\[commit-not-reviewed\]/);
    afterCut();
    company.push("fix", developer, "A fix", { from: "release/1", pushedBy: reviewer });
    company.merge("fix", developer, { into: "release/1" });
    await isRefused(/whose last state was approved by "reviewer"; allowed: somebody who neither/);
  });

  it("check refuses a pull request whose approval is of an earlier state, was dismissed, or was taken back (S0-12)", async () => {
    company.change("release/1", developer, "A fix");
    const pull = company.github.state.pulls.at(-1);
    assert.ok(pull);
    const [review] = pull.reviews;
    assert.ok(review);
    for (const reviews of [
      [{ ...review, commit: "d".repeat(40) }],
      [{ ...review, state: "DISMISSED" }],
      [review, { ...review, state: "CHANGES_REQUESTED" }],
    ]) {
      pull.reviews = reviews;
      await isRefused(/approved by nobody.*\[commit-not-reviewed\]/);
    }
    pull.reviews = [review, { ...review, state: "COMMENTED" }];
    assert.equal((await dualreg.request("v0.0.1-qa")).code, 0);
  });

  it("check takes no bot's review for a review: a writer's workflow can give one (S0-12)", async () => {
    for (const bot of [workflowToken, dependabot, automation, { login: "renamed", type: "Bot" } as const]) {
      afterCut();
      company.change("release/1", developer, "Mine", { reviewers: [bot] });
      await isRefused(/whose last state was approved by nobody.*\[commit-not-reviewed\]/);
    }
  });

  it("check refuses what came to another branch by a reviewed pull request (S0-12)", async () => {
    company.change("release/1", developer, "A fix");
    const pull = company.github.state.pulls.at(-1);
    assert.ok(pull);
    pull.base = "feature/x";
    await isRefused(/\[commit-not-traced\]/);
  });

  it("check lets a reviewed fix on release/1 through, and what main has (S0-12)", async () => {
    company.change("release/1", developer, "A fix");
    assert.equal((await dualreg.request("v0.0.1-qa")).code, 0);
    company.approve(qaManager);
    assert.equal((await dualreg.tag("v0.0.1-qa")).code, 0);
  });
});
