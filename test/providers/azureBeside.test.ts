import assert from "node:assert/strict";
import { AZURE } from "../support/providers/azureTypes";
import { type TestBench, withProviders } from "../support/providers/bench";
import { KUBERNETES } from "../support/providers/kubernetesIds";
import { IDENTITY_ID, REGISTRY_ID, VAULT_ID } from "../support/providers/sampleIds";
import { NEEDS, sample, seedSamples } from "../support/providers/samples";
import type { Plain, Value } from "../support/providers/values";

const needsOf = (type: string): string[] => [
  ...new Set((NEEDS[type] ?? []).flatMap((need) => [...needsOf(need), need])),
];

const make = (bench: TestBench, type: string, over: Readonly<Record<string, Value | undefined>> = {}) =>
  bench.of(type).create(type, sample(type, over));

/** The type's needs stand, and so do these. */
const ready = (bench: TestBench, type: string, ...also: string[]) =>
  void seedSamples(bench.cloud, [...needsOf(type), ...also]);

const credential = (name: string, subject = name): Record<string, Plain> => ({
  federatedIdentityCredentialResourceName: name,
  subject,
});

const vault = sample(AZURE.vault)["properties"] as Record<string, Plain>;

/** What Azure and Kubernetes refuse because of what is there. */
const REFUSED: readonly [title: string, act: (bench: TestBench) => Promise<unknown>, says: RegExp][] = [
  [
    "a 21st federated credential",
    async (b) => {
      ready(b, AZURE.federatedCredential);
      for (let at = 0; at < 20; at += 1) b.cloud.seed(AZURE.federatedCredential, sampleOf(`credential-${at}`));
      await make(b, AZURE.federatedCredential, credential("one-more"));
    },
    /takes 20 federated credentials/,
  ],
  [
    "a credential with another's issuer and subject",
    async (b) => {
      ready(b, AZURE.federatedCredential, AZURE.federatedCredential);
      await make(b, AZURE.federatedCredential, { federatedIdentityCredentialResourceName: "another" });
    },
    /has the same issuer and subject/,
  ],
  [
    "two credentials of one identity at once (PITFALLS: one after the other)",
    async (b) => {
      ready(b, AZURE.federatedCredential);
      const both = ["first", "second"].map((name) => make(b, AZURE.federatedCredential, credential(name)));
      await Promise.all(both);
    },
    /ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity/,
  ],
  [
    "a second assignment of a role to a principal on a scope",
    async (b) => {
      ready(b, AZURE.roleAssignment, AZURE.roleAssignment);
      await make(b, AZURE.roleAssignment, { roleAssignmentName: "99999999-2222-4333-8444-555555555555" });
    },
    /RoleAssignmentExists/,
  ],
  [
    "a role for nobody",
    async (b) => {
      ready(b, AZURE.roleAssignment);
      b.cloud.delete(IDENTITY_ID);
      await make(b, AZURE.roleAssignment);
    },
    /PrincipalNotFound/,
  ],
  [
    "a role that is none",
    async (b) => {
      ready(b, AZURE.roleAssignment);
      const roleDefinitionId =
        "/providers/Microsoft.Authorization/roleDefinitions/aaaaaaaa-0000-4000-8000-000000000000";
      await make(b, AZURE.roleAssignment, { roleDefinitionId });
    },
    /RoleDefinitionDoesNotExist/,
  ],
  [
    "a role called as another is",
    async (b) => {
      ready(b, AZURE.roleDefinition);
      await make(b, AZURE.roleDefinition, { roleName: "acrpush" });
    },
    /RoleDefinitionWithSameNameExists/,
  ],
  [
    "the name of a vault that is deleted",
    async (b) => {
      ready(b, AZURE.vault);
      await b.azure.delete(AZURE.vault, await make(b, AZURE.vault));
      await make(b, AZURE.vault);
    },
    /ConflictError.*recover it \(az keyvault recover --name kv-orders-qa\)/,
  ],
  [
    "an end of purge protection",
    async (b) => {
      ready(b, AZURE.vault);
      const made = await make(b, AZURE.vault);
      const properties = { ...vault, enablePurgeProtection: false };
      await b.azure.update(AZURE.vault, made, sample(AZURE.vault, { properties }));
    },
    /purge protection is irreversible/,
  ],
  [
    "an account's name that another group has",
    async (b) => {
      ready(b, AZURE.storage, AZURE.storage);
      b.cloud.seed(AZURE.group, { resourceGroupName: "rg-b", location: "westeurope" });
      await make(b, AZURE.storage, { resourceGroupName: "rg-b" });
    },
    /StorageAccountAlreadyTaken/,
  ],
  [
    "both kinds of appended writes",
    async (b) => {
      ready(b, AZURE.immutability);
      await make(b, AZURE.immutability, { allowProtectedAppendWritesAll: true });
    },
    /exclude each other/,
  ],
  [
    "an event of another kind of topic",
    async (b) => {
      ready(b, AZURE.eventSubscription);
      const includedEventTypes = ["Microsoft.KeyVault.SecretExpired", "Microsoft.ContainerRegistry.ImagePushed"];
      await make(b, AZURE.eventSubscription, { filter: { includedEventTypes } });
    },
    /'Microsoft\.ContainerRegistry\.ImagePushed' is no event of/,
  ],
  [
    "an alert that tells nobody there is",
    async (b) => {
      seedSamples(b.cloud, [AZURE.group, AZURE.workspace]);
      await make(b, AZURE.queryAlert);
    },
    /ActionGroupNotFound/,
  ],
  [
    "an alert on nothing",
    async (b) => {
      seedSamples(b.cloud, [AZURE.group, AZURE.actionGroup]);
      await make(b, AZURE.metricAlert);
    },
    /there is no '.*registries\/ordersqa' to watch/,
  ],
  [
    "another beginning of a budget",
    async (b) => {
      ready(b, AZURE.budget);
      const made = await make(b, AZURE.budget);
      const timePeriod = { startDate: "2026-02-01T00:00:00Z" };
      await b.azure.update(AZURE.budget, made, sample(AZURE.budget, { timePeriod }));
    },
    /start date of a budget cannot be changed/,
  ],
  [
    "a plan of a subscription, which is there already",
    async (b) => {
      await make(b, AZURE.pricing, { scopeId: "subscriptions/00000000-0000-0000-0000-0000000000a1" });
    },
    /already exists; import it/,
  ],
  [
    "an object in a namespace that is not there",
    (b) => make(b, KUBERNETES.externalSecret),
    /namespaces "shop" not found/,
  ],
];

const sampleOf = (name: string) => sample(AZURE.federatedCredential, credential(name));

describe("the stand-ins beside registries", () => {
  for (const [title, act, says] of REFUSED) {
    it(`the stand-ins refuse ${title}`, () => withProviders((bench) => assert.rejects(act(bench), says)));
  }

  it("credentials of one identity are made one after the other, and of two at once", () =>
    withProviders(async (bench) => {
      ready(bench, AZURE.federatedCredential);
      bench.cloud.seed(AZURE.identity, sample(AZURE.identity, { resourceName: "id-other" }));
      await make(bench, AZURE.federatedCredential, credential("first"));
      await Promise.all([
        make(bench, AZURE.federatedCredential, credential("second")),
        make(bench, AZURE.federatedCredential, { ...credential("first"), resourceName: "id-other" }),
      ]);
      assert.equal(bench.cloud.ofType(AZURE.federatedCredential).length, 3);
    }));

  it("a deleted vault is recovered, or its name is free when its time is over", () =>
    withProviders(async (bench) => {
      ready(bench, AZURE.vault);
      await bench.azure.delete(AZURE.vault, await make(bench, AZURE.vault));
      const again = await make(bench, AZURE.vault, { properties: { ...vault, createMode: "recover" } });
      assert.equal(again.id, VAULT_ID);
      await bench.azure.delete(AZURE.vault, again);
      bench.names.deletedVaults.clear();
      await make(bench, AZURE.vault);
    }));

  it("a vault that ends with its group keeps its name as well", () =>
    withProviders(async (bench) => {
      const [groupId = ""] = seedSamples(bench.cloud, [AZURE.group, AZURE.vault]);
      await bench.azure.delete(AZURE.group, { id: groupId, inputs: {}, outputs: {} });
      assert.deepEqual([...bench.names.deletedVaults.keys()], ["kv-orders-qa"]);
    }));

  it("a role that is assigned stays, and no longer when nobody has it", () =>
    withProviders(async (bench) => {
      ready(bench, AZURE.roleAssignment, AZURE.roleDefinition);
      const role = sample(AZURE.roleDefinition)["roleDefinitionId"];
      assert.ok(typeof role === "string");
      const roleDefinitionId = `/providers/Microsoft.Authorization/roleDefinitions/${role}`;
      const assignment = await make(bench, AZURE.roleAssignment, { roleDefinitionId });
      const definition = bench.cloud.ofType(AZURE.roleDefinition)[0];
      const held = { id: definition?.id ?? "", inputs: {}, outputs: {} };
      await assert.rejects(bench.azure.delete(AZURE.roleDefinition, held), /RoleDefinitionHasAssignments/);
      await bench.azure.delete(AZURE.roleAssignment, assignment);
      await bench.azure.delete(AZURE.roleDefinition, held);
    }));

  it("a subscription's plan is imported and changed, and is not deleted", () =>
    withProviders(async (bench) => {
      const id = "/subscriptions/00000000-0000-0000-0000-0000000000a1/providers/Microsoft.Security/pricings/Containers";
      const found = await bench.azure.read(AZURE.pricing, { id });
      assert.equal(found.inputs["pricingTier"], "Free");
      await bench.azure.update(AZURE.pricing, found, { ...found.inputs, pricingTier: "Standard" });
      assert.equal((await bench.azure.read(AZURE.pricing, { id })).inputs["pricingTier"], "Standard");
      await assert.rejects(bench.azure.delete(AZURE.pricing, found), /MethodNotAllowed.*retainOnDelete/);
    }));

  it("a lock on a registry also keeps its role assignments and settings (PITFALLS: locks)", () =>
    withProviders(async (bench) => {
      ready(bench, AZURE.roleAssignment, AZURE.roleAssignment, AZURE.lock);
      const [assignment] = bench.cloud.ofType(AZURE.roleAssignment);
      const held = { id: assignment?.id ?? "", inputs: {}, outputs: {} };
      assert.ok(held.id.startsWith(REGISTRY_ID));
      await assert.rejects(bench.azure.delete(AZURE.roleAssignment, held), /ScopeLocked/);
    }));

  it("two kinds of one name stand beside each other, and end with their namespace", () =>
    withProviders(async ({ kubernetes, cloud }) => {
      const made = await kubernetes.create(KUBERNETES.namespace, sample(KUBERNETES.namespace));
      for (const type of [KUBERNETES.externalSecret, KUBERNETES.secretProviderClass]) {
        assert.equal((await kubernetes.create(type, sample(type))).id, "shop/pull");
      }
      await kubernetes.delete(KUBERNETES.namespace, made);
      assert.deepEqual(cloud.all(), []);
    }));
});
