import assert from "node:assert/strict";
import { candidateDigest, payloadOf, readPayload, runTitle } from "../../../src/github/candidate";
import { type Company, PEOPLE } from "../../support/github/company";
import type { FlowCommands } from "../../support/github/flowCommands";
import { withReleaseBranch } from "../../support/github/released";

const { developer, qaManager, workflowToken } = PEOPLE;
const TAG = "v0.0.1-qa";

describe("an approver who hides that they ask", () => {
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

  /** What check says once the QA manager approved the newest run. */
  async function approved(): Promise<string> {
    company.approve(qaManager);
    const { code, stdout } = await dualreg.check(TAG);
    return `${code} ${stdout}`;
  }

  it("check counts no candidate that a branch's workflow wrote, whoever it says asked (S0-17)", async () => {
    for (const askedBy of ["innocent", workflowToken.login]) {
      afterCut();
      await dualreg.request(TAG, { askedBy: "innocent" }, workflowToken);
      const forged = company.github.state.deployments.find(({ creator }) => creator.login === workflowToken.login);
      const candidate = readPayload(forged?.payload);
      assert.ok(forged && candidate);
      forged.payload = payloadOf({ ...candidate, askedBy });
      company.run.title = runTitle(TAG, "qa", candidateDigest({ ...candidate, askedBy }));
      // Whoever starts the run, the candidate is none.
      company.run.starters = [developer];
      assert.match(await approved(), /^1 [^]*not-asked/, askedBy);
    }
  });

  it("check counts no candidate that one person wrote in the name of another (S0-17)", async () => {
    await dualreg.request(TAG, { askedBy: "innocent" }, qaManager);
    company.run.starters = [developer];
    assert.match(await approved(), /^1 [^]*not-asked/);
  });

  it("check counts a candidate that whoever asks wrote in their own name, and they may not approve it (S0-17)", async () => {
    assert.equal((await dualreg.request(TAG, { askedBy: "Developer" }, developer)).code, 0);
    assert.match(await approved(), /^0 MAY BE TAGGED/);
    afterCut();
    assert.equal((await dualreg.request(TAG, { askedBy: qaManager.login }, qaManager)).code, 0);
    company.run.starters = [developer];
    assert.match(await approved(), /^1 [^]*"qa-manager" for role "qa" approved and asked for the tag/);
  });

  it("check counts no run that another bot than the automation's App started or repeated (S0-17)", async () => {
    assert.equal((await dualreg.request(TAG)).code, 0);
    await dualreg.request(TAG, {}, workflowToken);
    assert.equal(company.run.starters[0]?.login, workflowToken.login);
    assert.match(await approved(), /^1 [^]*not-asked|^1 [^]*has not approved/);
    for (const again of [[workflowToken], [workflowToken, developer]]) {
      afterCut();
      assert.equal((await dualreg.request(TAG)).code, 0);
      company.run.starters.push(...again);
      const starters = company.run.starters.map(() => ({ startedAt: company.github.state.tick(), conclusion: null }));
      company.run.attempts = starters;
      assert.match(await approved(), /^1 [^]*not-asked/);
    }
  });

  it("request asks for nothing in the name of another bot, not even for a release's first step (S0-17)", async () => {
    const { code, stderr } = await dualreg.request(TAG, { askedBy: workflowToken.login });
    assert.equal(code, 1);
    assert.match(stderr, /"github-actions\[bot\]" is no person/);
    assert.deepEqual(company.github.state.runs, []);
  });

  it("request says the candidate's version to the run that it starts, as it stands in the candidate", async () => {
    assert.equal((await dualreg.request(TAG)).code, 0);
    const { inputs, title } = company.run;
    const candidate = title.split(": ")[1];
    assert.deepEqual(inputs, { tag: TAG, to: "qa", candidate, version: "v0.0.1" });
  });
});
