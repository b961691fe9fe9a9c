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
    return { failed, open };
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
