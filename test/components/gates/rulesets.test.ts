import assert from "node:assert/strict";
import type { Recording } from "../../../src/preview/recording";
import { recordProgram, theResource } from "../../support/recorder";

const RULESET = "github:index/repositoryRuleset:RepositoryRuleset";
const SUBJECT =
  "github:index/actionsRepositoryOidcSubjectClaimCustomizationTemplate:ActionsRepositoryOidcSubjectClaimCustomizationTemplate";

const PROGRAM = `
import { ReleaseGates } from "./src/components/gates/releaseGates";
import { planRulesets, SUBJECT_CLAIMS } from "./src/domain/identity/rulesets";

const gates = {
  roles: { qa: [{ team: "qa-managers", id: 1 }] },
  signOffs: { qa: ["qa"] },
  automation: { app: 815 },
  checks: ["check"],
};
for (const name of ["first", "second"]) {
  new ReleaseGates(name, {
    repository: "orders",
    environments: [],
    hosts: { secure: { login: "a", vanity: "b" }, standard: { login: "c", vanity: "d" } },
    rulesets: planRulesets(gates, { versionPrefix: "v" }),
    subjectClaims: SUBJECT_CLAIMS,
  });
}
`;

describe("ReleaseGates with rulesets", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordProgram({ program: PROGRAM });
  });

  it("ReleaseGates makes rulesets and subject claims anew in another repository", () => {
    const rulesets = recording.resources.filter(({ type }) => type === RULESET);
    assert.ok(rulesets.length > 0);
    for (const { options, name } of rulesets) {
      assert.deepEqual([options.replaceOnChanges, options.deleteBeforeReplace], [["repository"], true], name);
    }
    assert.deepEqual(theResource(recording, SUBJECT, "first-subject").options.replaceOnChanges, ["repository"]);
  });

  it("ReleaseGates sends who may create a release branch as GitHub takes it (S0-13)", () => {
    const { inputs } = theResource(recording, RULESET, "first-ruleset-release branches: creation");
    assert.deepEqual(inputs["bypassActors"], [{ actorId: 815, actorType: "Integration", bypassMode: "always" }]);
    assert.deepEqual(inputs["conditions"], { refName: { includes: ["refs/heads/release/*"], excludes: [] } });
    assert.deepEqual(inputs["rules"], { creation: true });
  });

  for (const name of ["main", "release branches: history"])
    it(`ReleaseGates asks on ${name} for a review of the last push and for checks of the newest state (S0-11, S0-12)`, () => {
      const { inputs } = theResource(recording, RULESET, `first-ruleset-${name}`);
      assert.equal(inputs["bypassActors"], undefined);
      assert.deepEqual(inputs["rules"], {
        deletion: true,
        nonFastForward: true,
        pullRequest: {
          requiredApprovingReviewCount: 1,
          dismissStaleReviewsOnPush: true,
          requireLastPushApproval: true,
          requiredReviewThreadResolution: true,
        },
        requiredStatusChecks: {
          requiredChecks: [{ context: "check" }],
          strictRequiredStatusChecksPolicy: true,
          doNotEnforceOnCreate: true,
        },
      });
    });

  it("ReleaseGates puts environment, ref and workflow into the subject of tokens (S0-15)", () => {
    const { inputs } = theResource(recording, SUBJECT, "second-subject");
    assert.deepEqual(inputs["includeClaimKeys"], ["repo", "context", "ref", "job_workflow_ref"]);
    assert.equal(inputs["useDefault"], false);
  });
});
