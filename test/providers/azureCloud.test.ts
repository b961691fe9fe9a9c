import assert from "node:assert/strict";
import { AZURE } from "../support/providers/azureTypes";
import { type TestBench, withProviders } from "../support/providers/bench";
import { REGISTRY_ID, sample, seedSamples } from "../support/providers/samples";
import type { Plain, Value } from "../support/providers/values";

const { group, registry, replication, scopeMap, token, webhook, workspace, diagnosticSetting } = AZURE;

const make = (bench: TestBench, type: string, over: Readonly<Record<string, Value | undefined>> = {}) =>
  bench.azure.create(type, sample(type, over));

const softDelete: Plain = { softDeletePolicy: { retentionDays: 7, status: "enabled" } };

/** What Azure refuses because of what is there. */
const REFUSED: readonly [title: string, seeded: string[], act: (bench: TestBench) => Promise<unknown>, says: RegExp][] =
  [
    [
      "what exists already, in any spelling",
      [group, registry],
      (b) => make(b, registry, { resourceGroupName: "RG-Orders" }),
      /already exists; import it/,
    ],
    [
      "a registry's name that another group has",
      [group, registry],
      async (b) => {
        b.cloud.seed(group, { resourceGroupName: "rg-b", location: "westeurope" });
        await make(b, registry, { resourceGroupName: "rg-b", registryName: "OrdersQA" });
      },
      /AlreadyInUse.*unique in all of Azure/,
    ],
    ["a registry without its group", [], (b) => make(b, registry), /there is no '.*rg-orders'/],
    ["a token without its registry", [group], (b) => make(b, token), /there is no '.*registries\/ordersqa'/],
    ["a token without its scope map", [group, registry], (b) => make(b, token), /ScopeMapNotFound/],
    [
      "a token with another registry's scope map",
      [group, registry],
      (b) => make(b, token, { scopeMapId: REGISTRY_ID.replace("ordersqa", "other") + "/scopeMaps/shop-pull" }),
      /another registry/,
    ],
    [
      "a replication below Premium",
      [group],
      async (b) => {
        b.cloud.seed(registry, sample(registry, { sku: { name: "Standard" } }));
        await make(b, replication);
      },
      /only Premium registries have replications/,
    ],
    [
      "a replication to the registry's own region",
      [group, registry],
      (b) => make(b, replication, { location: "West Europe" }),
      /LocationInUse/,
    ],
    [
      "a replication of a registry with soft delete",
      [group],
      async (b) => {
        b.cloud.seed(registry, sample(registry, { policies: softDelete }));
        await make(b, replication);
      },
      /exclude each other/,
    ],
    [
      "soft delete for a registry with a replication",
      [group, registry, replication],
      (b) =>
        b.azure.update(
          registry,
          { id: REGISTRY_ID, inputs: {}, outputs: {} },
          sample(registry, { policies: softDelete }),
        ),
      /exclude each other/,
    ],
    [
      "a lower SKU for a registry with a replication",
      [group, registry, replication],
      (b) =>
        b.azure.update(
          registry,
          { id: REGISTRY_ID, inputs: {}, outputs: {} },
          sample(registry, { sku: { name: "Standard" } }),
        ),
      /only Premium does/,
    ],
    [
      "a third webhook of a Basic registry",
      [group],
      async (b) => {
        b.cloud.seed(registry, sample(registry, { sku: { name: "Basic" } }));
        for (const name of ["first", "second", "third"]) await make(b, webhook, { webhookName: name });
      },
      /a Basic registry takes 2/,
    ],
    [
      "a webhook where the registry is not",
      [group, registry],
      (b) => make(b, webhook, { location: "eastus" }),
      /InvalidLocation/,
    ],
    ["a setting without its workspace", [group, registry], (b) => make(b, diagnosticSetting), /there is no workspace/],
    [
      "a setting for what is not there",
      [group, workspace],
      (b) => make(b, diagnosticSetting),
      /there is no '.*registries\/ordersqa'/,
    ],
    [
      "a log category that registries do not have",
      [group, registry, workspace],
      (b) => make(b, diagnosticSetting, { logs: [{ category: "AuditEvent", enabled: true }] }),
      /no log category 'AuditEvent'/,
    ],
    [
      "a second setting with the same target",
      [group, registry, workspace, diagnosticSetting],
      (b) => make(b, diagnosticSetting, { name: "again" }),
      /sends the same/,
    ],
    [
      "an update of what is gone",
      [],
      (b) =>
        b.azure.update(group, { id: "/subscriptions/x/resourceGroups/gone", inputs: {}, outputs: {} }, sample(group)),
      /ResourceNotFound/,
    ],
  ];

describe("the stand-in's Azure", () => {
  for (const [title, seeded, act, says] of REFUSED) {
    it(`azure refuses ${title}`, () =>
      withProviders(async (bench) => {
        seedSamples(bench.cloud, seeded);
        await assert.rejects(act(bench), says);
      }));
  }

  it("a registry takes what lives in it with it, a group everything", () =>
    withProviders(async ({ azure, cloud }) => {
      const [groupId = ""] = seedSamples(cloud, [group, registry, scopeMap, token, replication, workspace]);
      await azure.delete(registry, { id: REGISTRY_ID, inputs: {}, outputs: {} });
      assert.deepEqual(
        cloud.all().map(({ type }) => type),
        [group, workspace],
      );
      await azure.delete(group, { id: groupId, inputs: {}, outputs: {} });
      assert.deepEqual(cloud.all(), []);
    }));

  it("a registry keeps the policies that a request says nothing of", () =>
    withProviders(async (bench) => {
      seedSamples(bench.cloud, [group]);
      const retention = { retentionPolicy: { days: 7, status: "enabled" } };
      const made = await make(bench, registry, { policies: retention });
      await bench.azure.update(registry, made, sample(registry));
      assert.deepEqual(bench.cloud.get(REGISTRY_ID)?.inputs["policies"], retention);
    }));

  it("a registry answers as the real one does", () =>
    withProviders(async (bench) => {
      seedSamples(bench.cloud, [group]);
      const { id, outputs } = await make(bench, registry, { registryName: "OrdersQA", dataEndpointEnabled: true });
      assert.equal(id, REGISTRY_ID.replace("ordersqa", "OrdersQA"));
      const { loginServer, name, provisioningState, sku, type, dataEndpointHostNames } = outputs;
      assert.deepEqual([loginServer, name, provisioningState], ["ordersqa.azurecr.io", "OrdersQA", "Succeeded"]);
      assert.deepEqual([sku, type], [{ name: "Premium", tier: "Premium" }, "Microsoft.ContainerRegistry/registries"]);
      assert.deepEqual(dataEndpointHostNames, ["ordersqa.westeurope.data.azurecr.io"]);
      assert.equal("registryName" in outputs || "resourceGroupName" in outputs, false);
    }));

  it("a workspace has a customer id of its own", () =>
    withProviders(async (bench) => {
      seedSamples(bench.cloud, [group]);
      const one = await make(bench, workspace);
      const other = await make(bench, workspace, { workspaceName: "log-other" });
      assert.match(JSON.stringify(one.outputs["customerId"]), /^"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"$/);
      assert.notEqual(one.outputs["customerId"], other.outputs["customerId"]);
    }));

  it("read shows what was changed by hand, in outputs and inputs, and nothing else", () =>
    withProviders(async (bench) => {
      seedSamples(bench.cloud, [group]);
      const made = await make(bench, registry, { policies: softDelete });
      bench.cloud.set(REGISTRY_ID, sample(registry, { policies: softDelete, adminUserEnabled: true, tags: {} }));
      const { inputs, outputs } = await bench.azure.read(registry, made);
      assert.deepEqual(inputs, { ...made.inputs, adminUserEnabled: true, tags: {} });
      assert.deepEqual(outputs, { ...made.outputs, adminUserEnabled: true, tags: {} });
    }));

  it("read with an id alone gives an existing registry's inputs", () =>
    withProviders(async ({ azure, cloud }) => {
      cloud.set(REGISTRY_ID, { location: "westeurope", sku: { name: "Standard" } });
      const { inputs } = await azure.read(registry, { id: REGISTRY_ID.replace("resourceGroups", "resourcegroups") });
      const { registryName, resourceGroupName, sku, publicNetworkAccess } = inputs;
      assert.deepEqual([registryName, resourceGroupName], ["ordersqa", "rg-orders"]);
      assert.deepEqual([sku, publicNetworkAccess], [{ name: "Standard" }, "Enabled"]);
    }));
});
