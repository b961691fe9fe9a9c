import assert from "node:assert/strict";
import { type Company, PEOPLE } from "../../support/github/company";
import type { FlowCommands } from "../../support/github/flowCommands";
import { withReleaseBranch } from "../../support/github/released";

const { developer, qaManager, reviewer, workflowToken, dependabot } = PEOPLE;

/** git takes any name: what the QA manager writes here is the developer's by git. */
const AS_DEVELOPER = developer;

describe("an approver who wants to ship alone", () => {
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

  /** What check says once the release was asked for and the QA manager approved it. */
  async function approved(): Promise<string> {
    const asked = await dualreg.request("v0.0.1-qa");
    assert.equal(asked.code, 0, asked.stderr);
    company.approve(qaManager);
    const { code, stdout } = await dualreg.check("v0.0.1-qa");
    return `${code} ${stdout}`;
  }

  it("check refuses an approver who wrote under somebody else's git name and pushed it, whoever opened the pull request (S0-17)", async () => {
    company.push("fix", AS_DEVELOPER, "A small fix", { from: "release/1", pushedBy: qaManager });
    company.merge("fix", developer, { into: "release/1" });
    assert.match(
      await approved(),
      /^1 [^]*"qa-manager" .* is an author of the release \(pushed to fix of pull request/,
    );
  });

  it("check refuses an approver who opened the pull request, whoever wrote it by git (S0-17)", async () => {
    company.push("fix", AS_DEVELOPER, "A small fix", { from: "release/1" });
    company.merge("fix", qaManager, { into: "release/1" });
    assert.match(await approved(), /^1 [^]*"qa-manager" .* is an author of the release \(opened pull request/);
  });

  it("check refuses an approver who owns the fork that it came from (S0-17)", async () => {
    company.push("fix", AS_DEVELOPER, "A small fix", { from: "release/1" });
    company.merge("fix", developer, { into: "release/1", fork: qaManager });
    assert.match(
      await approved(),
      /^1 [^]*"qa-manager" .* is an author of the release \(owns the fork of pull request/,
    );
  });

  it("check refuses an approver who pushed to a branch that came by way of another one (S0-17)", async () => {
    company.push("team", developer, "Our branch", { from: "release/1" });
    company.push("mine", AS_DEVELOPER, "A small fix", { from: "team", pushedBy: qaManager });
    company.merge("mine", developer, { into: "team" });
    company.merge("team", developer, { into: "release/1" });
    assert.match(
      await approved(),
      /^1 [^]*"qa-manager" .* is an author of the release \(pushed to mine of pull request/,
    );
  });

  it("check refuses an approver who pushed to main before the cut (S0-17)", async () => {
    company.push("main", AS_DEVELOPER, "Straight to main", { pushedBy: qaManager });
    const cut = await dualreg.cut("release/2", { by: "other-qa-manager" });
    assert.equal(cut.code, 0, cut.stderr);
    const asked = await dualreg.request("v0.0.1-qa", { branch: "release/2" });
    assert.equal(asked.code, 0, asked.stderr);
    company.approve(qaManager);
    const { code, stdout } = await dualreg.check("v0.0.1-qa", { branch: "release/2" });
    assert.equal(code, 1);
    assert.match(stdout, /"qa-manager" .* is an author of the release \(pushed \w{12} to main\)/);
  });

  it("check lets nobody off because GitHub keeps no record: what cannot be read is said (S0-17)", async () => {
    company.change("release/1", developer, "A small fix");
    const { activity, pulls } = company.github.state;
    const [kept, opened] = [[...activity], [...pulls]];
    const without = (left: typeof activity) => activity.splice(0, activity.length, ...left);
    const refusal = async () => (await dualreg.request("v0.0.1-qa")).stderr;
    without(kept.filter(({ ref }) => ref !== "refs/heads/main"));
    assert.match(await refusal(), /of which no record says how it came to main is not known.*\[authors-unknown\]/);
    without(kept.filter(({ ref }) => !ref.startsWith("refs/heads/fix")));
    assert.match(await refusal(), /to whose branch fix-\d+ not all pushes are recorded.*\[authors-unknown\]/);
    without(kept);
    pulls.splice(0);
    assert.match(await refusal(), /\[commit-not-traced\][^]*\[authors-unknown\]/);
    pulls.push(...opened);
    assert.equal(await refusal(), "");
  });

  it("check counts a push by a workflow's own token as nobody knows whose, to main and to a pull request's branch (S0-17)", async () => {
    const says = /is not known.*\[authors-unknown\]/;
    company.push("fix", AS_DEVELOPER, "A small fix", { from: "release/1", pushedBy: workflowToken });
    company.merge("fix", developer, { into: "release/1" });
    const fixed = await dualreg.request("v0.0.1-qa");
    assert.equal(fixed.code, 1, fixed.stdout);
    assert.match(fixed.stderr, says);
    assert.match(fixed.stderr, /of pull request \d+, pushed by github-actions\[bot\], .*not a workflow's GITHUB_TOKEN/);
    afterCut();
    company.push("main", AS_DEVELOPER, "Straight to main", { pushedBy: workflowToken });
    assert.equal((await dualreg.cut("release/2", { by: "other-qa-manager" })).code, 0);
    const pushed = await dualreg.request("v0.0.1-qa", { branch: "release/2" });
    assert.equal(pushed.code, 1, pushed.stdout);
    assert.match(pushed.stderr, says);
    assert.match(pushed.stderr, /of main, pushed by github-actions\[bot\]/);
  });

  it("check counts a pull request that a workflow's own token opened as nobody knows whose (S0-17)", async () => {
    company.push("fix", AS_DEVELOPER, "A small fix", { from: "release/1" });
    company.merge("fix", workflowToken, { into: "release/1" });
    const { code, stdout, stderr } = await dualreg.request("v0.0.1-qa");
    assert.equal(code, 1, stdout);
    assert.match(stderr, /pull request \d+, opened by github-actions\[bot\], .*\[authors-unknown\]/);
    afterCut();
    const home = { from: "release/1", email: "me@home.example.com", pull: workflowToken.login };
    company.push("fix", AS_DEVELOPER, "From nowhere", home);
    company.merge("fix", developer, { into: "release/1" });
    assert.match((await dualreg.request("v0.0.1-qa")).stderr, /is not known.*\[authors-unknown\]/);
  });

  it("check takes another App for an author like any other, such as Dependabot (S0-17)", async () => {
    company.push("bump", dependabot, "A newer library", { from: "release/1" });
    company.merge("bump", dependabot, { into: "release/1" });
    assert.match(await approved(), /^0 MAY BE TAGGED/);
  });

  it("check takes the approval of somebody who only reviewed it (S0-17)", async () => {
    company.change("release/1", developer, "A small fix", { reviewers: [qaManager, reviewer] });
    assert.match(await approved(), /^0 MAY BE TAGGED/);
  });

  it("request names who asks, and whoever asked may not approve (S0-17)", async () => {
    const asked = await dualreg.request("v0.0.1-qa", { askedBy: "QA-Manager" });
    assert.equal(asked.code, 0, asked.stderr);
    company.approve(qaManager);
    const { code, stdout } = await dualreg.check("v0.0.1-qa");
    assert.equal(code, 1);
    assert.match(stdout, /"qa-manager" for role "qa" approved and asked for the tag or placed it/);
  });
});
