import assert from "node:assert/strict";
import { type AdoptionRow, compareAdoption, isFinding } from "../../src/adopt/compare";
import type { ExistingRegistry } from "../../src/adopt/existingRegistry";
import type { PlannedAdoption } from "../../src/adopt/plannedAdoptions";
import type { DiagnosticSetting } from "../../src/azure";
import type { Json } from "../../src/base/json";

const ID =
  "/subscriptions/00000000-0000-0000-0000-0000000000a1/resourceGroups/rg-legacy/providers/Microsoft.ContainerRegistry/registries/companylegacy";

const planned = (over: Partial<PlannedAdoption> = {}): PlannedAdoption => ({
  resource: "orders-standard-registry",
  id: ID,
  inputs: {
    registryName: "companylegacy",
    resourceGroupName: "rg-legacy",
    location: "westeurope",
    sku: { name: "Standard" },
    adminUserEnabled: false,
    anonymousPullEnabled: false,
    policies: { softDeletePolicy: { status: "enabled", retentionDays: 14 } },
  },
  ignoreChanges: [
    "registryName",
    "resourceGroupName",
    "location",
    "tags",
    "publicNetworkAccess",
    "policies.retentionPolicy",
  ],
  parts: [{ kind: "tokens", name: "shop-pull" }],
  ...over,
});

const existing = (
  properties: Record<string, Json> = {},
  inside: Partial<ExistingRegistry["inside"]> = {},
): ExistingRegistry => ({
  properties: {
    location: "West Europe",
    sku: { name: "Standard" },
    adminUserEnabled: false,
    policies: { softDeletePolicy: { status: "enabled", retentionDays: 14 } },
    ...properties,
  },
  inside: { scopeMaps: [], tokens: [], replications: [], webhooks: [], ...inside },
  diagnosticSettings: [],
});

const WORKSPACE =
  "/subscriptions/00000000-0000-0000-0000-0000000000a1/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/log-company";
const SETTING: DiagnosticSetting = {
  name: "dual-registry-audit",
  workspaceId: WORKSPACE,
  categories: ["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents", "AllMetrics"],
};

const of = (rows: readonly AdoptionRow[], property: string) => rows.find((row) => row.property === property);
const findings = (rows: readonly AdoptionRow[]) =>
  rows.filter(isFinding).map(({ property, effect }) => `${effect} ${property}`);

describe("compareAdoption", () => {
  it("compareAdoption finds nothing where Azure has what the stage says, in its own spelling (S0-5)", () => {
    assert.deepEqual(findings(compareAdoption(planned(), existing())), []);
  });

  it("compareAdoption says what changes, with both values", () => {
    const rows = compareAdoption(planned(), existing({ adminUserEnabled: true, policies: {} }));
    assert.deepEqual(findings(rows), [
      "changes adminUserEnabled",
      "changes policies.softDeletePolicy.retentionDays",
      "changes policies.softDeletePolicy.status",
    ]);
    const { stage, azure, why = "" } = of(rows, "adminUserEnabled") ?? {};
    assert.deepEqual([stage, azure], [false, true]);
    assert.match(why, /locked out/);
    assert.equal(of(rows, "policies.softDeletePolicy.status")?.azure, "disabled");
  });

  it("compareAdoption says whom it meets that tokens of ARM, or Azure's services, are let in no more", () => {
    const asArm = "policies.azureADAuthenticationAsArmPolicy";
    const { inputs } = planned();
    const said = {
      ...inputs,
      networkRuleBypassOptions: "None",
      policies: { azureADAuthenticationAsArmPolicy: { status: "disabled" } },
    };
    const rows = compareAdoption(planned({ inputs: said }), existing({ policies: {} }));
    assert.deepEqual(findings(rows), ["changes networkRuleBypassOptions", `changes ${asArm}.status`]);
    assert.deepEqual(
      [of(rows, `${asArm}.status`)?.azure, of(rows, "networkRuleBypassOptions")?.azure],
      ["enabled", "AzureServices"],
    );
    assert.match(of(rows, `${asArm}.status`)?.why ?? "", /token made for ARM/);
  });

  it("compareAdoption lists what Azure has and keeps", () => {
    const rows = compareAdoption(planned(), existing({ tags: { owner: "somebody" }, publicNetworkAccess: "Disabled" }));
    assert.deepEqual(findings(rows), []);
    assert.deepEqual(of(rows, "tags.owner"), { property: "tags.owner", azure: "somebody", effect: "keeps" });
    assert.equal(of(rows, "publicNetworkAccess")?.effect, "keeps");
  });

  const tiers: readonly [title: string, stage: string, now: ExistingRegistry, expected: string][] = [
    ["up", "Premium", existing(), "changes sku.name"],
    ["down", "Standard", existing({ sku: { name: "Premium" } }), "changes sku.name"],
    [
      "down with a replication",
      "Standard",
      existing({ sku: { name: "Premium" } }, { replications: ["northeurope"] }),
      "fails sku.name",
    ],
    [
      "down with network rules",
      "Standard",
      existing({ sku: { name: "Premium" }, networkRuleSet: { defaultAction: "Deny" } }),
      "fails sku.name",
    ],
  ];
  for (const [title, name, now, expected] of tiers) {
    it(`compareAdoption says what a tier that goes ${title} does`, () => {
      const { inputs } = planned();
      assert.deepEqual(findings(compareAdoption(planned({ inputs: { ...inputs, sku: { name } } }), now)), [expected]);
    });
  }

  it("compareAdoption finds another region, and fails with a webhook that would be made in it", () => {
    const north = existing({ location: "northeurope" });
    assert.deepEqual(findings(compareAdoption(planned(), north)), ["differs location"]);
    const hooked = planned({ parts: [{ kind: "webhooks", name: "notify", location: "westeurope" }] });
    assert.deepEqual(findings(compareAdoption(hooked, north)), ["fails location"]);
  });

  it("compareAdoption fails where something of that name is in the registry, in any spelling", () => {
    const rows = compareAdoption(planned(), existing({}, { tokens: ["other", "Shop-Pull"] }));
    assert.deepEqual(findings(rows), ["fails tokens/shop-pull"]);
  });

  it("compareAdoption fails where roles of registries are ignored", () => {
    const rows = compareAdoption(planned(), existing({ roleAssignmentMode: "AbacRepositoryPermissions" }));
    assert.deepEqual(findings(rows), ["fails roleAssignmentMode"]);
  });

  const sinks: readonly [title: string, setting: Partial<DiagnosticSetting>, fails: boolean][] = [
    ["sends the same to the same workspace", { name: "other", workspaceId: WORKSPACE.toLowerCase() }, true],
    ["sends one category of it there", { name: "other", categories: ["AllMetrics"] }, true],
    ["sends a group of categories there", { name: "other", categories: ["allLogs"] }, true],
    ["has the stage's name, whatever it sends", { name: "Dual-Registry-Audit", workspaceId: "/other" }, true],
    ["sends the same to another workspace", { name: "other", workspaceId: `${WORKSPACE}2` }, false],
    ["sends nothing of it there", { name: "other", categories: ["ContainerRegistryOther"] }, false],
    ["has all of it switched off", { name: "other", categories: [] }, false],
  ];
  for (const [title, setting, fails] of sinks) {
    it(`compareAdoption ${fails ? "fails" : "finds nothing"} where a diagnostic setting ${title}`, () => {
      const now = { ...existing(), diagnosticSettings: [{ ...SETTING, ...setting }] };
      const rows = compareAdoption(planned({ diagnosticSetting: SETTING }), now);
      assert.deepEqual(findings(rows), fails ? ["fails diagnosticSettings/dual-registry-audit"] : []);
    });
  }

  it("compareAdoption fails where five diagnostic settings stand, and asks nothing of a workspace that is yet to be made", () => {
    const others = ["a", "b", "c", "d", "e"].map((name) => ({ ...SETTING, name }));
    const unmade: DiagnosticSetting = { name: SETTING.name, categories: SETTING.categories };
    const now = (count: number) => ({ ...existing(), diagnosticSettings: others.slice(0, count) });
    assert.deepEqual(findings(compareAdoption(planned({ diagnosticSetting: unmade }), now(4))), []);
    assert.equal(findings(compareAdoption(planned({ diagnosticSetting: unmade }), now(5))).length, 1);
  });

  it("compareAdoption fails where there is no such registry", () => {
    assert.deepEqual(findings(compareAdoption(planned(), undefined)), ["fails registry"]);
  });
});
