import assert from "node:assert/strict";
import type { Recording } from "../../../src/preview/recording";
import { assertNoUnexpected, recordProgram, theResource } from "../../support/recorder";

const VAULT = "azure-native:keyvault:Vault";
const ASSIGNMENT = "azure-native:authorization:RoleAssignment";
const LOG = "azure-native:monitor:DiagnosticSetting";
const PASSWORD = "pulumi-nodejs:dynamic/dualregistry:TokenPassword";
const TYPES = ["TokenPasswords", "TokenVault"].map((name) => `dualregistry:index:${name}`);
const CLIENT = "azure-native:authorization:getClientConfig";

const PROGRAM = `
import { TokenPasswords } from "./src/components/passwords/tokenPasswords";
const password = {
  name: "secure-shop-pull",
  token: "shop-pull",
  secretName: "orders-qa-shop-pull-secure",
  days: 30,
  registryId: "/subscriptions/1/registry",
  loginServer: "ordersqasecure.azurecr.io",
};
const vault = { vaultName: "kv-orders-qa", resourceGroupName: "rg-orders", location: "westeurope" };
new TokenPasswords("one", {
  vault: { ...vault, writers: [{ assignment: "guid-1" }], workspaceId: "/workspaces/log", tags: { stage: "qa" } },
  passwords: [password],
  rotate: "2026-10-01",
});
new TokenPasswords("two", {
  vault: { ...vault, publicAccess: false, allowedIps: ["203.0.113.0/24"], tenantId: "tenant", protect: false },
  passwords: [password],
  warning: "no date",
});
new TokenPasswords("three", {
  vault: {
    ...vault,
    existing: { id: "/subscriptions/9/vaults/kv", uri: "https://kv.vault.azure.net/" },
    writers: [{ principalId: "writer", assignment: "guid-3" }],
  },
  passwords: [password],
});
`;

describe("TokenPasswords", () => {
  let recording: Recording;
  before(async () => (recording = await recordProgram({ program: PROGRAM })));

  it("TokenPasswords registers what it says and nothing else, three times without a collision", () => {
    assertNoUnexpected(recording, [...TYPES, VAULT, ASSIGNMENT, LOG, PASSWORD, CLIENT]);
    const urns = recording.resources.map(({ urn }) => urn);
    assert.equal(new Set(urns).size, urns.length);
  });

  it("TokenVault is a vault by roles alone, that nobody can purge, protected and logged", () => {
    const { inputs, options } = theResource(recording, VAULT, "one-vault-store");
    const { networkAcls, ...properties } = inputs["properties"] as Record<string, unknown>;
    assert.deepEqual(properties, {
      tenantId: "[unknown]",
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: true,
      enableSoftDelete: true,
      softDeleteRetentionInDays: 90,
      enablePurgeProtection: true,
      publicNetworkAccess: "Enabled",
    });
    assert.deepEqual(networkAcls, { bypass: "AzureServices", defaultAction: "Allow", ipRules: [] });
    assert.equal(options.protect, true);
    const log = theResource(recording, LOG, "one-vault-log");
    assert.deepEqual(log.inputs["logs"], [{ category: "AuditEvent", enabled: true }]);
  });

  it("TokenVault lets in only whom its facts name", () => {
    const { inputs, options } = theResource(recording, VAULT, "two-vault-store");
    const { tenantId, publicNetworkAccess, networkAcls } = inputs["properties"] as Record<string, unknown>;
    assert.deepEqual([tenantId, publicNetworkAccess], ["tenant", "Disabled"]);
    const ipRules = [{ value: "203.0.113.0/24" }];
    assert.deepEqual(networkAcls, { bypass: "AzureServices", defaultAction: "Deny", ipRules });
    assert.notEqual(options.protect, true);
  });

  it("TokenVault gives the one who deploys first the right to write, and never looks at who it is again", () => {
    const role = theResource(recording, ASSIGNMENT, "one-vault-writer-deployer");
    assert.deepEqual(role.options.ignoreChanges, ["principalId"]);
    assert.equal(role.inputs["principalType"], undefined, "a person or a program");
    const password = theResource(recording, PASSWORD, "one-secure-shop-pull");
    assert.ok(password.options.dependsOn?.includes(role.urn), "no password is made before it");
  });

  it("TokenVault makes nothing of a vault that exists, but gives a named writer the role on it", () => {
    assert.equal(recording.resources.filter(({ type }) => type === VAULT).length, 2);
    const role = theResource(recording, ASSIGNMENT, "three-vault-writer-writer").inputs;
    assert.deepEqual([role["scope"], role["principalId"]], ["/subscriptions/9/vaults/kv", "writer"]);
    const { inputs } = theResource(recording, PASSWORD, "three-secure-shop-pull");
    assert.equal(inputs["vaultUri"], "https://kv.vault.azure.net/");
  });

  it("TokenPassword says where and until when, shows no code, and runs in no preview (S0-4)", () => {
    assert.deepEqual(theResource(recording, PASSWORD, "one-secure-shop-pull").inputs, {
      registryId: "/subscriptions/1/registry",
      loginServer: "ordersqasecure.azurecr.io",
      token: "shop-pull",
      vaultUri: "[unknown]",
      secretName: "orders-qa-shop-pull-secure",
      days: 30,
      rotate: "2026-10-01",
    });
  });

  it("TokenPasswords tells whoever runs it what is to be done", () => {
    assert.deepEqual(recording.logs, [{ severity: "warning", message: "no date" }]);
  });
});
