import assert from "node:assert/strict";
import { EnforcementLevel } from "@pulumi/pulumi/proto/analyzer_pb";
import { CONTROLS } from "../../../src/controls/catalogue";
import { RunningPack, type SentResource } from "../../support/compliance/policyPack";

const { ADVISORY, MANDATORY } = EnforcementLevel;
/** What the engine sends in place of a text it does not know yet. */
const NOT_YET = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const urn = (type: string, name: string) => `urn:pulumi:shop::shop::${type}::${name}`;
const REGISTRY = "azure-native:containerregistry:Registry";
const LOG = "azure-native:monitor:DiagnosticSetting";

const registry = (properties: SentResource["properties"]): SentResource => ({
  ...{ type: REGISTRY, name: "images", urn: urn(REGISTRY, "images"), protect: true },
  properties: { registryName: "shopimages", sku: { name: "Premium" }, location: "westeurope", ...properties },
});

const log: SentResource = {
  ...{ type: LOG, name: "log", urn: urn(LOG, "log") },
  properties: {
    resourceUri: NOT_YET,
    logs: [
      { category: "ContainerRegistryLoginEvents", enabled: true },
      { category: "ContainerRegistryRepositoryEvents", enabled: true },
    ],
  },
};

const HOME = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/shopimages";

/** A token and its scope map as Azure answers them: without the registry's name, or their own as the program said it. */
const standingToken = (actions: string[], scopeMap = "shop"): SentResource[] =>
  (["ScopeMap", "Token"] as const).map((kind) => {
    const type = `azure-native:containerregistry:${kind}`;
    const answer = kind === "Token" ? { status: "enabled", scopeMapId: `${HOME}/scopeMaps/${scopeMap}` } : { actions };
    const id = `${HOME}/${kind === "Token" ? "tokens" : "scopeMaps"}/shop`;
    const properties = { ...answer, id, name: "shop", provisioningState: "Succeeded" };
    return { type, name: `pulumi-${kind}`, urn: urn(type, kind), properties };
  });

describe("the policy pack", () => {
  let pack: RunningPack;

  before(async () => {
    pack = await RunningPack.start();
  });

  after(() => pack.stop());

  const verdicts = async (resources: readonly SentResource[]) => {
    const answer = await pack.analyzeStack(resources);
    const failed = new Map(answer.getDiagnosticsList().map((one) => [one.getPolicyname(), one]));
    const open = new Set(answer.getNotApplicableList().map((one) => one.getPolicyName()));
    const why = new Map(answer.getNotApplicableList().map((one) => [one.getPolicyName(), one.getReason()]));
    return { failed, open, why };
  };

  it("the pack, copied elsewhere, has a policy for each control, with its level and configuration", async () => {
    const policies = (await pack.info()).getPoliciesList();
    assert.deepEqual(policies.map((policy) => policy.getName()).sort(), CONTROLS.map(({ id }) => id).sort());
    const level = (id: string) => policies.find((policy) => policy.getName() === id)?.getEnforcementlevel();
    assert.equal(level("admin-user-off"), MANDATORY);
    assert.equal(level("quarantine-on"), ADVISORY);
  });

  it("the pack judges a registry of a program that is not this one's", async () => {
    const { failed, open } = await verdicts([
      registry({ adminUserEnabled: true, publicNetworkAccess: "Disabled" }),
      log,
    ]);
    const found = failed.get("admin-user-off");
    assert.equal(found?.getEnforcementlevel(), MANDATORY);
    assert.equal(found.getUrn(), urn(REGISTRY, "images"));
    assert.match(found.getMessage(), /shopimages: adminUserEnabled is true; expected: false/);
    assert.equal(failed.has("public-access-off"), false);
    assert.equal(open.has("public-access-off"), false);
    assert.equal(failed.has("audit-logs"), false);
    assert.equal(open.has("audit-logs"), false);
  });

  for (const type of [
    "azure-native:containerregistry/v20230701:Registry",
    "azure-native_containerregistry_v20230701:containerregistry:Registry",
    "azure-native_containerregistry_v20230101preview:containerregistry:Registry",
  ]) {
    it(`the pack judges a registry of ${type} as every other`, async () => {
      const open = { sku: { name: "Basic" }, adminUserEnabled: true, anonymousPullEnabled: true };
      const one = { ...registry(open), type, urn: urn(type, "images") };
      const logged = { ...log, type: "azure-native_monitor_v20210501preview:monitor:DiagnosticSetting" };
      const { failed } = await verdicts([one, logged]);
      for (const id of ["admin-user-off", "anonymous-pull-off", "sku-not-basic"]) assert.ok(failed.has(id), id);
      assert.equal(failed.get("admin-user-off")?.getUrn(), urn(type, "images"));
      assert.equal(failed.has("audit-logs"), false);
    });
  }

  for (const [type, properties, says] of [
    ["azure:containerservice/registry:Registry", { adminEnabled: true }, /^Not known/],
    ["azure-native:resources:Resource", { type: "microsoft.containerregistry/registries@2023-07-01" }, /^Not known/],
    ["somecloud:index/containerRegistry:ContainerRegistry", {}, /^Not known/],
    ["aws:ecr/repository:Repository", {}, /of another kind \(ecr\)/],
    ["gcp:artifactregistry/repository:Repository", {}, /of another kind \(gar\)/],
    ["azure-native:resources:ResourceGroup", {}, /The stage has no registry/],
  ] as const) {
    it(`the pack says of ${type} what it knows, and no registry only where there is none`, async () => {
      const { failed, why } = await verdicts([{ type, name: "images", urn: urn(type, "images"), properties }]);
      assert.equal(failed.has("admin-user-off"), false);
      assert.match(why.get("admin-user-off") ?? "", says);
    });
  }

  it("the pack fails rules that let nearly everybody in, and compares regions by their names", async () => {
    const rules = (...ranges: string[]) => ({
      defaultAction: "Deny",
      ipRules: ranges.map((iPAddressOrRange) => ({ action: "Allow", iPAddressOrRange })),
    });
    await pack.configure({
      "replica-locations": { level: ADVISORY, properties: { allowedLocations: ["West Europe", "northeurope"] } },
    });
    const of = async (properties: SentResource["properties"]) => (await verdicts([registry(properties), log])).failed;
    assert.ok(!(await of({ networkRuleSet: rules("203.0.113.0/24") })).has("network-restricted"));
    assert.ok((await of({ networkRuleSet: rules("0.0.0.0/1", "128.0.0.0/1") })).has("network-restricted"));
    assert.ok((await of({ networkRuleSet: rules("::/0") })).has("network-restricted"));
    assert.ok(!(await of({ location: "West Europe" })).has("replica-locations"));
    assert.ok((await of({ location: "East US" })).has("replica-locations"));
  });

  it("the pack names a registry that has no name yet by its resource, and does not judge that name", async () => {
    await pack.configure({ "name-convention": { level: ADVISORY, properties: { namePrefix: "cr" } } });
    const { failed, open } = await verdicts([registry({ registryName: NOT_YET, adminUserEnabled: true }), log]);
    assert.match(failed.get("admin-user-off")?.getMessage() ?? "", /images: adminUserEnabled is true; expected: false/);
    assert.equal(failed.get("admin-user-off")?.getUrn(), urn(REGISTRY, "images"));
    assert.deepEqual([failed.has("name-convention"), open.has("name-convention")], [false, true]);
  });

  it("the pack passes nothing that it cannot know", async () => {
    const { failed, open } = await verdicts([registry({ publicNetworkAccess: NOT_YET }), log]);
    assert.equal(failed.has("public-access-off"), false);
    assert.equal(open.has("public-access-off"), true);
    for (const id of ["class-map-whole", "tag-regime", "images-healthy", "pair-complete"]) {
      assert.equal(open.has(id), true, id);
    }
  });

  it("S0-4 the pack judges tokens as Azure answers them, and those of Azure's own scope maps", async () => {
    const reads = ["repositories/orders/api/content/read", "repositories/orders/api/metadata/read"];
    const good = await verdicts([registry({}), log, ...standingToken(reads)]);
    assert.equal(good.failed.has("token-reads-only"), false);
    assert.equal(good.open.has("token-reads-only"), false);
    const writes = await verdicts([registry({}), log, ...standingToken(["repositories/orders/api/content/write"])]);
    assert.match(writes.failed.get("token-reads-only")?.getMessage() ?? "", /is shop \(unknown\); expected/);
    const all = await verdicts([registry({}), log, ...standingToken(reads, "_repositories_pull")]);
    assert.equal(all.failed.has("token-reads-only"), true);
    const elsewhere = await verdicts([registry({}), log, ...standingToken(reads, "of-another-stack")]);
    assert.equal(elsewhere.failed.has("token-reads-only"), false);
    assert.equal(elsewhere.open.has("token-reads-only"), true);
  });

  it("the pack takes levels and measures from its configuration", async () => {
    await pack.configure({
      "quarantine-on": { level: MANDATORY },
      "admin-user-off": { level: ADVISORY },
      "name-convention": { level: ADVISORY, properties: { namePrefix: "cr" } },
    });
    const { failed } = await verdicts([registry({ adminUserEnabled: true }), log]);
    assert.equal(failed.get("quarantine-on")?.getEnforcementlevel(), MANDATORY);
    assert.equal(failed.get("admin-user-off")?.getEnforcementlevel(), ADVISORY);
    assert.match(failed.get("name-convention")?.getMessage() ?? "", /begins with cr/);
  });
});
