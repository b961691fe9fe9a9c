import assert from "node:assert/strict";
import type { Recording } from "../../../src/preview/recording";
import { assertNoUnexpected, recordProgram, theResource } from "../../support/recorder";

const ENVIRONMENT = "github:index/repositoryEnvironment:RepositoryEnvironment";
const POLICY = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy";
const VARIABLE = "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable";
const TEAM = "github:index/teamRepository:TeamRepository";
const USER = "github:index/repositoryCollaborator:RepositoryCollaborator";

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { ReleaseGates } from "./src/components/gates/releaseGates";

const hosts = (name: string) => ({ login: pulumi.output(name + ".azurecr.io"), vanity: name + ".company.com" });
for (const name of ["first", "second"]) {
  new ReleaseGates(name, {
    repository: pulumi.output("orders"),
    access: [{ team: "qa-managers", id: 1 }, { user: "ada", id: 2 }],
    hosts: { secure: hosts("secure"), standard: hosts("standard") },
    environments: [
      {
        name: "qa-signoff-qa",
        reviewers: [{ team: "qa-managers", id: 1 }, { user: "ada", id: 2 }],
        refs: [{ on: "branch", pattern: "release/*" }],
        variables: [],
      },
      {
        name: "qa-publish-secure",
        reviewers: [],
        refs: [{ on: "tag", pattern: "v*-qa" }],
        variables: [{ name: "REGISTRY_HOST", of: "secure", host: "login" }, { name: "VANITY", of: "secure", host: "vanity" }],
      },
    ],
  });
}
`;

describe("ReleaseGates", () => {
  let recording: Recording;

  before(async () => {
    recording = await recordProgram({ program: PROGRAM });
  });

  it("ReleaseGates registers only types of its own and of github, twice without a collision", () => {
    assertNoUnexpected(recording, ["dualregistry:index:ReleaseGates", ENVIRONMENT, POLICY, VARIABLE, TEAM, USER]);
    const counted = recording.resources.filter((resource) => resource.type === ENVIRONMENT);
    assert.equal(counted.length, 4);
  });

  it("ReleaseGates lets nobody pass an environment by, nor review what they started", () => {
    const { inputs } = theResource(recording, ENVIRONMENT, "first-qa-signoff-qa");
    assert.equal(inputs["canAdminsBypass"], false);
    assert.equal(inputs["preventSelfReview"], true);
    assert.deepEqual(inputs["reviewers"], [{ teams: [1], users: [2] }]);
    assert.deepEqual(inputs["deploymentBranchPolicy"], { protectedBranches: false, customBranchPolicies: true });
  });

  it("ReleaseGates sends no review settings where there is no reviewer, since GitHub would not keep them", () => {
    const { inputs } = theResource(recording, ENVIRONMENT, "first-qa-publish-secure");
    assert.equal(inputs["canAdminsBypass"], false);
    assert.ok(!("preventSelfReview" in inputs) && !("reviewers" in inputs));
  });

  it("ReleaseGates gives reviewers read access before it names them", () => {
    const team = theResource(recording, TEAM, "first-team-qa-managers");
    const user = theResource(recording, USER, "first-user-ada");
    assert.deepEqual(team.inputs, { repository: "orders", teamId: "qa-managers", permission: "pull" });
    assert.deepEqual(user.inputs, { repository: "orders", username: "ada", permission: "pull" });
    const { options } = theResource(recording, ENVIRONMENT, "first-qa-signoff-qa");
    for (const { urn } of [team, user]) assert.ok(options.dependsOn?.includes(urn));
  });

  it("ReleaseGates takes from nobody a role that is higher than read", () => {
    for (const [type, name] of [
      [TEAM, "first-team-qa-managers"],
      [USER, "first-user-ada"],
    ] as const)
      assert.deepEqual(theResource(recording, type, name).options.ignoreChanges, ["permission"]);
  });

  it("ReleaseGates binds each environment to its refs and its hosts, after it and replaced with it", () => {
    const { urn } = theResource(recording, ENVIRONMENT, "first-qa-publish-secure");
    const tag = theResource(recording, POLICY, "first-qa-publish-secure-tag-v*-qa");
    assert.deepEqual(tag.inputs, { repository: "orders", environment: "qa-publish-secure", tagPattern: "v*-qa" });
    const branch = theResource(recording, POLICY, "first-qa-signoff-qa-branch-release/*");
    assert.equal(branch.inputs["branchPattern"], "release/*");
    const login = theResource(recording, VARIABLE, "first-qa-publish-secure-REGISTRY_HOST");
    assert.equal(login.inputs["value"], "secure.azurecr.io");
    const vanity = theResource(recording, VARIABLE, "first-qa-publish-secure-VANITY");
    assert.equal(vanity.inputs["value"], "secure.company.com");
    for (const { options } of [tag, login, vanity]) {
      assert.ok(options.dependsOn?.includes(urn));
      assert.deepEqual(options.replaceWith, [urn]);
      assert.equal(options.deletedWith, urn);
    }
  });
});
