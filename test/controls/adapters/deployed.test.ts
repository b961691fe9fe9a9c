import assert from "node:assert/strict";
import { decodeConfig } from "../../../src/config";
import { factsOfPlan } from "../../../src/controls/adapters/plan";
import { factsOfDeployed } from "../../../src/controls/adapters/program";
import type { ResourceBag } from "../../../src/controls/adapters/resourceBag";
import { CONTROLS } from "../../../src/controls/catalogue";
import { evaluate } from "../../../src/controls/evaluate";
import { planStage } from "../../../src/domain/plan/planStage";
import { facts, rawConfig } from "../../support/rawConfig";

const plan = planStage(
  decodeConfig(
    rawConfig({
      stage: facts("registries: { secure: { sku: Premium, publicAccess: false, exportAllowed: false } }"),
      shared: facts("gates: { roles: { qa: [{ team: qa, id: 1 }] }, signOffs: { qa: [qa] }, automation: { app: 1 } }"),
    }),
  ),
);
const planned = factsOfPlan(plan);
const none = { levels: {}, waivers: [] };
const NOW = new Date("2026-11-21T12:00:00Z");

/** What Azure answers of the secure registry, as planned. */
const ANSWER = {
  ...{ name: "ordersqasecure", location: "westeurope", sku: { name: "Premium", tier: "Premium" } },
  ...{ adminUserEnabled: false, anonymousPullEnabled: false, publicNetworkAccess: "Disabled" },
  ...{ dataEndpointEnabled: false, privateEndpointConnections: [], encryption: { status: "disabled" } },
  policies: {
    exportPolicy: { status: "disabled" },
    quarantinePolicy: { status: "disabled" },
    retentionPolicy: { days: 7, status: "disabled" },
    softDeletePolicy: { retentionDays: 7, status: "disabled" },
    azureADAuthenticationAsArmPolicy: { status: "enabled" },
  },
};

const secure = (outputs: Record<string, unknown>): ResourceBag => ({
  ...{ type: "azure-native:containerregistry:Registry", name: "orders-secure-registry" },
  ...{ inputs: { registryName: "ordersqasecure" }, outputs },
});

const environment = (outputs: Record<string, unknown>): ResourceBag => ({
  ...{ type: "github:index/repositoryEnvironment:RepositoryEnvironment", name: "orders-gates-qa-signoff-qa" },
  ...{ inputs: {}, outputs: { environment: "qa-signoff-qa", reviewers: [{ teams: [1] }], ...outputs } },
});

const verdicts = (resources: readonly ResourceBag[]) =>
  evaluate(factsOfDeployed(planned, resources), none, NOW).controls;

describe("factsOfDeployed", () => {
  it("factsOfDeployed is the plan where nothing stands", () => {
    assert.deepEqual(factsOfDeployed(planned, []), planned);
  });

  it("factsOfDeployed gives what the plan gives, where the cloud answers as planned, and says it is deployed", () => {
    const [before, now] = [evaluate(planned, none, NOW).controls, verdicts([secure(ANSWER)])];
    for (const { id } of CONTROLS) {
      const [was, is] = [before, now].map((one) => one[id]?.findings.find(({ scope }) => scope === "secure"));
      if (was === undefined || is?.verdict === "unknown" || id === "audit-logs") continue;
      assert.equal(is?.verdict, was.verdict, id);
    }
    const finding = now["public-access-off"]?.findings[0];
    assert.equal(finding?.basis, "deployed");
    assert.equal(now["tag-regime"]?.findings[0]?.basis, "planned");
  });

  it("factsOfDeployed keeps where the stage stands in the project's own list, which no resource says", () => {
    const shared = facts("{ stages: [test, live] }");
    const of = (stack: string) => factsOfPlan(planStage(decodeConfig(rawConfig({ stack, shared }))));
    for (const [stack, place] of [
      ["test", "first"],
      ["live", "last"],
    ] as const) {
      const [registry] = factsOfDeployed(of(stack), [secure(ANSWER)]).registries;
      assert.deepEqual([registry?.basis, registry?.stage, registry?.place], ["deployed", stack, place]);
    }
  });

  it("factsOfDeployed believes the cloud, not the plan", () => {
    const controls = verdicts([secure({ ...ANSWER, adminUserEnabled: true, publicNetworkAccess: "Enabled" })]);
    assert.equal(controls["admin-user-off"]?.verdict, "fail");
    assert.equal(controls["public-access-off"]?.findings[0]?.verdict, "fail");
  });

  it("factsOfDeployed leaves unknown what the cloud did not answer", () => {
    const answer = { ...ANSWER, adminUserEnabled: undefined };
    assert.equal(verdicts([secure(answer)])["admin-user-off"]?.findings[0]?.verdict, "unknown");
  });

  it("factsOfDeployed counts approved private endpoints, and the days of policies that are on", () => {
    const state = (status: string) => ({ privateLinkServiceConnectionState: { status } });
    const policies = { ...ANSWER.policies, retentionPolicy: { days: 14, status: "enabled" } };
    const answer = { ...ANSWER, policies, privateEndpointConnections: [state("Approved"), state("Pending")] };
    const [registry] = factsOfDeployed(planned, [secure(answer)]).registries;
    assert.equal(registry?.privateEndpoints, 1);
    assert.equal(registry.untaggedRetentionDays, 14);
  });

  it("S0-17 a set without members, which the provider answers as null, is empty and not unknown", () => {
    const teamsAlone = environment({ reviewers: [{ teams: [1], users: null }], preventSelfReview: true });
    const gate = factsOfDeployed(planned, [teamsAlone]).gates.find((one) => one.environment === "qa-signoff-qa");
    assert.deepEqual(gate?.reviewers, ["team 1"]);
    assert.equal(verdicts([teamsAlone])["sign-offs-complete"]?.verdict, "pass");
    const nobody = environment({ reviewers: [{ teams: null, users: null }] });
    assert.equal(verdicts([nobody])["sign-offs-complete"]?.verdict, "fail");
  });

  it("S0-13 factsOfDeployed sees an environment that somebody opened on GitHub", () => {
    const closed = { preventSelfReview: true, canAdminsBypass: false };
    const policy = { deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false } };
    assert.equal(verdicts([environment({ ...closed, ...policy })])["gates-closed"]?.verdict, "pass");
    const open = verdicts([environment({ ...closed, ...policy, canAdminsBypass: true })])["gates-closed"];
    assert.equal(open?.verdict, "fail");
    assert.deepEqual(open.findings[0]?.evidence[0]?.value, ["qa-signoff-qa"]);
  });
});
