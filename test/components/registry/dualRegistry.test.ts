import assert from "node:assert/strict";
import type { RecordedResource, Recording } from "../../../src/preview/recording";
import { assertNoUnexpected, recordProgram, theResource } from "../../support/recorder";

const ACR = "azure-native:containerregistry";
const REGISTRY = `${ACR}:Registry`;
const TYPES = [
  "dualregistry:index:DualRegistry",
  "dualregistry:index:ClassRegistry",
  "dualregistry:index:AuditLog",
  "azure-native:resources:ResourceGroup",
  "azure-native:operationalinsights:Workspace",
  "azure-native:monitor:DiagnosticSetting",
  "azure-native:containerregistry:ScopeMap",
  "azure-native:containerregistry:Token",
  "azure-native:containerregistry:Replication",
  "azure-native:containerregistry:Webhook",
  REGISTRY,
];

const OTHER =
  "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/old/providers/Microsoft.ContainerRegistry/registries/companyother";
const ADOPTED =
  "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/old/providers/Microsoft.ContainerRegistry/registries/companyold";

/** Pairs in one program: the least that can be said, all that can be said, adopted ones, ones only named. */
const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { DualRegistry } from "./src/components/registry/dualRegistry";

const least = (registryName: string) => ({ mode: "create" as const, registryName, resourceGroupName: "rg" });
new DualRegistry("least", {
  location: "westeurope",
  resourceGroup: "rg",
  audit: {},
  registries: { secure: least("leastsecure"), standard: least("leaststandard") },
});
const all = (registryName: string) => ({
  ...least(registryName),
  sku: "Premium" as const,
  untaggedRetentionDays: pulumi.output(7),
  replicas: ["northeurope"],
  publicAccess: pulumi.output(false),
  allowedIps: ["203.0.113.0/24"],
  trustedServices: pulumi.output(false),
  exportAllowed: false,
  armTokensAllowed: pulumi.output(false),
  dataEndpoint: true,
  protect: false,
  tokens: [{ name: "shop-pull", actions: ["repositories/a/content/read"] }],
  webhook: { url: "https://hooks.example.com/", actions: ["push"] },
});
new DualRegistry("all", {
  location: "westeurope",
  resourceGroup: "rg-all",
  protect: false,
  audit: { workspaceName: "log-all", retentionDays: 30 },
  webhookAuthorization: "planted-plain-value",
  tags: { owner: "platform" },
  registries: { secure: all("allsecure"), standard: all("allstandard") },
});
new DualRegistry("old", {
  location: "westeurope",
  registries: {
    secure: { ...least("companyold"), mode: "adopt", importId: "${ADOPTED}", protect: false },
    standard: { mode: "reference", loginServer: "ghcr.io" },
  },
});
new DualRegistry("said", {
  location: "westeurope",
  registries: {
    secure: {
      ...least("companyold"), mode: "adopt", importId: "${ADOPTED}",
      publicAccess: false, softDeleteDays: 7, trustedServices: false, armTokensAllowed: false,
    },
    standard: { ...least("companyother"), mode: "adopt", importId: "${OTHER}", allowedIps: ["203.0.113.0/24"] },
  },
});
`;

describe("DualRegistry", () => {
  let recording: Recording;
  const children = (parent: string): RecordedResource[] =>
    recording.resources.filter((resource) => resource.parent?.endsWith(`::${parent}`));

  before(async () => {
    recording = await recordProgram({ program: PROGRAM });
  });

  it("DualRegistry registers only types of its own and of azure-native, and logs nothing", () => {
    assertNoUnexpected(recording, TYPES);
    assert.deepEqual(recording.logs, []);
  });

  it("DualRegistry stands four times in one program without a collision", () => {
    const urns = recording.resources.map((resource) => resource.urn);
    assert.equal(new Set(urns).size, urns.length);
    const pairs = recording.resources.filter((resource) => resource.type === "dualregistry:index:DualRegistry");
    assert.deepEqual(
      pairs.map((pair) => pair.name),
      ["all", "least", "old", "said"],
    );
  });

  it("DualRegistry is the parent of its parts, and each class of its own", () => {
    assert.deepEqual(
      children("least").map((child) => child.name),
      ["least-group", "least-audit", "least-secure", "least-standard"],
    );
    const names = children("all-secure").map((child) => child.name);
    assert.deepEqual(names.sort(), [
      "all-secure-log",
      "all-secure-registry",
      "all-secure-replica-northeurope",
      "all-secure-scope-shop-pull",
      "all-secure-token-shop-pull",
      "all-secure-webhook",
    ]);
  });

  it("DualRegistry is secure where nothing is said: Premium, protected, no admin user, no anonymous pull, logged", () => {
    const registry = theResource(recording, REGISTRY, "least-secure-registry");
    assert.equal(registry.inputs["adminUserEnabled"], false);
    assert.equal(registry.inputs["anonymousPullEnabled"], false);
    assert.deepEqual(registry.inputs["sku"], { name: "Premium" });
    assert.equal(registry.options.protect, true);
    const group = theResource(recording, "azure-native:resources:ResourceGroup", "least-group");
    assert.equal(group.options.protect, true);
    for (const made of [registry, theResource(recording, REGISTRY, "least-standard-registry")])
      assert.ok(made.options.dependsOn?.includes(group.urn), made.name);
    const workspace = theResource(recording, "azure-native:operationalinsights:Workspace", "least-audit-workspace");
    assert.equal(workspace.options.protect, true);
    assert.equal(workspace.inputs["retentionInDays"], 90);
    assert.deepEqual(workspace.inputs["features"], { disableLocalAuth: true });
    assert.ok(children("least-secure").some((child) => child.type === "azure-native:monitor:DiagnosticSetting"));
  });

  it("DualRegistry makes its secure and its standard registry by the same steps: equal facts, equal resources", () => {
    const plain = (name: string) => {
      const parts = children(name).map(({ type, inputs, options }) => ({ type, inputs, options }));
      return JSON.stringify(parts).replaceAll(name, "CLASS").replaceAll(name.replace("-", ""), "CLASS");
    };
    assert.equal(plain("all-secure"), plain("all-standard"));
  });

  it("DualRegistry sends each argument that it is given", () => {
    const { inputs, options } = theResource(recording, REGISTRY, "all-standard-registry");
    assert.equal(inputs["publicNetworkAccess"], "Disabled");
    assert.equal(inputs["dataEndpointEnabled"], true);
    assert.deepEqual(inputs["networkRuleSet"], {
      defaultAction: "Deny",
      ipRules: [{ action: "Allow", iPAddressOrRange: "203.0.113.0/24" }],
    });
    assert.equal(inputs["networkRuleBypassOptions"], "None");
    assert.deepEqual(inputs["policies"], {
      azureADAuthenticationAsArmPolicy: { status: "disabled" },
      exportPolicy: { status: "disabled" },
      retentionPolicy: { days: 7, status: "enabled" },
      softDeletePolicy: { retentionDays: 7, status: "disabled" },
    });
    assert.deepEqual(inputs["tags"], { owner: "platform" });
    assert.equal(options.protect, false);
  });

  it("DualRegistry keeps the webhook's authorization secret, even one given in plain text", () => {
    const webhook = theResource(recording, "azure-native:containerregistry:Webhook", "all-secure-webhook");
    assert.deepEqual(webhook.inputs["customHeaders"], { Authorization: "[secret]" });
    assert.ok(!JSON.stringify(recording).includes("planted-plain-value"));
  });

  it("DualRegistry makes a token that may do what its scope map says and no more, without a password (S0-4)", () => {
    const place = { registryName: "allsecure", resourceGroupName: "rg" };
    const { inputs: scope } = theResource(recording, `${ACR}:ScopeMap`, "all-secure-scope-shop-pull");
    assert.deepEqual(scope, {
      ...{ ...place, scopeMapName: "shop-pull", description: "Pull scope of shop-pull" },
      actions: ["repositories/a/content/read"],
    });
    const { inputs: token } = theResource(recording, `${ACR}:Token`, "all-secure-token-shop-pull");
    assert.deepEqual(token, { ...place, tokenName: "shop-pull", scopeMapId: "[unknown]", status: "enabled" });
  });

  it("DualRegistry makes what lives in a registry after it, and replaces it with it", () => {
    const registry = theResource(recording, REGISTRY, "all-secure-registry");
    const inside = children("all-secure").filter((child) => /-(scope|token|replica|webhook)/.test(child.name));
    assert.equal(inside.length, 4);
    for (const child of inside) {
      assert.ok(child.options.dependsOn?.includes(registry.urn), child.name);
      assert.deepEqual(child.options.replaceWith, [registry.urn], child.name);
    }
  });

  it("S0-5 DualRegistry imports an adopted registry, protected, never replaced, and it outlives the stack", () => {
    const { options } = theResource(recording, REGISTRY, "old-secure-registry");
    assert.equal(options.import, ADOPTED);
    assert.equal(options.protect, true);
    assert.equal(options.retainOnDelete, true);
    for (const property of ["registryName", "resourceGroupName", "location", "encryption", "identity"]) {
      assert.ok(options.ignoreChanges?.includes(property), property);
    }
  });

  it("S0-5 DualRegistry lets an adopted registry keep every setting that was not said, and opens nothing", () => {
    const { inputs, options } = theResource(recording, REGISTRY, "old-secure-registry");
    for (const property of ["dataEndpointEnabled", "networkRuleSet", "tags"])
      assert.ok(!(property in inputs), property);
    // The SDK sends a default of its own for some of them; ignored, it changes nothing.
    for (const property of ["publicNetworkAccess", "dataEndpointEnabled", "networkRuleSet"]) {
      assert.ok(options.ignoreChanges?.includes(property), property);
    }
    assert.deepEqual(inputs["policies"], {});
    for (const policy of ["retentionPolicy", "softDeletePolicy", "exportPolicy", "quarantinePolicy", "trustPolicy"]) {
      assert.ok(options.ignoreChanges?.includes(`policies.${policy}`), policy);
    }
    for (const property of ["tags", "networkRuleBypassOptions", "zoneRedundancy"]) {
      assert.ok(options.ignoreChanges?.includes(property), property);
    }
  });

  it("DualRegistry lets no option of an adopted registry cover a setting that was said", () => {
    const { inputs, options } = theResource(recording, REGISTRY, "said-secure-registry");
    assert.equal(inputs["publicNetworkAccess"], "Disabled");
    assert.equal(inputs["networkRuleBypassOptions"], "None");
    assert.deepEqual(inputs["policies"], {
      azureADAuthenticationAsArmPolicy: { status: "disabled" },
      softDeletePolicy: { retentionDays: 7, status: "enabled" },
    });
    const asArm = "policies.azureADAuthenticationAsArmPolicy";
    for (const property of ["publicNetworkAccess", "networkRuleBypassOptions", "policies.softDeletePolicy", asArm]) {
      assert.ok(!options.ignoreChanges?.includes(property), property);
    }
  });

  it("DualRegistry lets an adopted registry whose addresses are named keep whom it lets past them", () => {
    const { inputs, options } = theResource(recording, REGISTRY, "said-standard-registry");
    assert.equal((inputs["networkRuleSet"] as { defaultAction: string }).defaultAction, "Deny");
    assert.ok(!options.ignoreChanges?.includes("networkRuleSet"));
    assert.ok(options.ignoreChanges?.includes("networkRuleBypassOptions"));
  });

  it("DualRegistry sends whole what it makes: Azure's services, tokens made for ARM and every address are let in where nothing is said", () => {
    const { inputs } = theResource(recording, REGISTRY, "least-secure-registry");
    assert.equal(inputs["networkRuleBypassOptions"], "AzureServices");
    assert.deepEqual(inputs["policies"], {
      // azure-native's own default of the days.
      softDeletePolicy: { retentionDays: 7, status: "disabled" },
      azureADAuthenticationAsArmPolicy: { status: "enabled" },
    });
    assert.deepEqual(inputs["networkRuleSet"], { defaultAction: "Allow", ipRules: [] });
  });

  it("DualRegistry makes nothing for a registry that is only named", () => {
    assert.deepEqual(
      children("old").map((child) => child.name),
      ["old-secure"],
    );
    const pair = theResource(recording, "dualregistry:index:DualRegistry", "old");
    assert.deepEqual(pair.outputs?.["registries"], {
      secure: { loginServer: "[unknown]", registryId: "[unknown]" },
      standard: { loginServer: "ghcr.io" },
    });
  });
});
