import { AZURE } from "./azureTypes";
import type { Cloud } from "./cloud";
import { GITHUB } from "./githubIds";
import { SIGNED_IN_SUBSCRIPTION } from "./sessions";
import type { Fields, Plain, PlainFields, Value } from "./values";

const GROUP = `/subscriptions/${SIGNED_IN_SUBSCRIPTION}/resourceGroups/rg-orders`;

/** The ARM id of the sample registry. */
export const REGISTRY_ID = `${GROUP}/providers/Microsoft.ContainerRegistry/registries/ordersqa`;

/** The ARM id of the sample workspace. */
export const WORKSPACE_ID = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-orders`;

const inRegistry = { registryName: "ordersqa", resourceGroupName: "rg-orders" };
const inEnvironment = { repository: "orders", environment: "qa" };

/** Inputs of every type that nothing is wrong with. */
export const SAMPLES: Readonly<Record<string, PlainFields>> = {
  [AZURE.group]: { resourceGroupName: "rg-orders", location: "westeurope" },
  [AZURE.registry]: { ...inRegistry, location: "westeurope", sku: { name: "Premium" }, tags: { stage: "qa" } },
  [AZURE.replication]: { ...inRegistry, replicationName: "northeurope", location: "northeurope" },
  [AZURE.scopeMap]: { ...inRegistry, scopeMapName: "shop-pull", actions: ["repositories/orders/api/content/read"] },
  [AZURE.token]: { ...inRegistry, tokenName: "shop-pull", scopeMapId: `${REGISTRY_ID}/scopeMaps/shop-pull` },
  [AZURE.webhook]: {
    ...inRegistry,
    webhookName: "notify",
    location: "westeurope",
    serviceUri: "https://hooks.example.com",
    actions: ["push"],
  },
  [AZURE.workspace]: { resourceGroupName: "rg-orders", workspaceName: "log-orders", location: "westeurope" },
  [AZURE.diagnosticSetting]: {
    name: "audit",
    resourceUri: REGISTRY_ID,
    workspaceId: WORKSPACE_ID,
    logs: [{ category: "ContainerRegistryLoginEvents", enabled: true }],
  },
  [AZURE.lock]: { lockName: "keep", scope: REGISTRY_ID, level: "CanNotDelete" },
  [GITHUB.access]: { repository: "orders", teamId: "qa-managers", permission: "pull" },
  [GITHUB.collaborator]: { repository: "orders", username: "octo-qa", permission: "pull" },
  [GITHUB.environment]: {
    ...inEnvironment,
    canAdminsBypass: false,
    deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false },
    reviewers: [{ teams: [4_100_101] }],
    preventSelfReview: true,
  },
  [GITHUB.policy]: { ...inEnvironment, branchPattern: "main" },
  [GITHUB.variable]: { ...inEnvironment, variableName: "REGISTRY_HOST", value: "registry.example.com" },
};

/** Sample inputs with some of them changed; what is undefined is left out. */
export function sample(type: string, over?: Readonly<Record<string, Plain | undefined>>): PlainFields;
export function sample(type: string, over: Readonly<Record<string, Value | undefined>>): Fields;
export function sample(type: string, over: Readonly<Record<string, Value | undefined>> = {}): Fields {
  const fields = Object.entries({ ...SAMPLES[type], ...over }).filter(([, value]) => value !== undefined);
  return Object.fromEntries<Value>(fields as [string, Value][]);
}

/** What each type needs to be there before it, in order. */
export const NEEDS: Readonly<Record<string, readonly string[]>> = {
  [AZURE.group]: [],
  [AZURE.registry]: [AZURE.group],
  [AZURE.workspace]: [AZURE.group],
  [AZURE.replication]: [AZURE.registry],
  [AZURE.scopeMap]: [AZURE.registry],
  [AZURE.token]: [AZURE.registry, AZURE.scopeMap],
  [AZURE.webhook]: [AZURE.registry],
  [AZURE.diagnosticSetting]: [AZURE.registry, AZURE.workspace],
  [AZURE.lock]: [AZURE.registry],
  [GITHUB.access]: [],
  [GITHUB.collaborator]: [],
  [GITHUB.environment]: [GITHUB.access],
  [GITHUB.policy]: [GITHUB.environment],
  [GITHUB.variable]: [GITHUB.environment],
};

/** Puts sample resources into the cloud as if they had always been there; returns their ids. */
export function seedSamples(cloud: Cloud, types: readonly string[]): string[] {
  return types.map((type) => cloud.seed(type, sample(type)));
}
