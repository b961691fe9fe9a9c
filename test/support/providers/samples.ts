import { AZURE } from "./azureTypes";
import type { Cloud } from "./cloud";
import { CONSOLE_NEEDS, CONSOLE_SAMPLES } from "./consoleSamples";
import { GITHUB } from "./githubIds";
import { MORE_NEEDS, MORE_SAMPLES } from "./moreSamples";
import { REGISTRY_ID, WORKSPACE_ID } from "./sampleIds";
import type { Fields, Plain, PlainFields, Value } from "./values";

export { REGISTRY_ID } from "./sampleIds";

const inRegistry = { registryName: "ordersqa", resourceGroupName: "rg-orders" };
const inEnvironment = { repository: "orders", environment: "qa" };

/** Inputs of every type that nothing is wrong with. */
export const SAMPLES: Readonly<Record<string, PlainFields>> = {
  ...MORE_SAMPLES,
  ...CONSOLE_SAMPLES,
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
  [GITHUB.ruleset]: {
    repository: "orders",
    name: "version tags",
    target: "tag",
    enforcement: "active",
    conditions: { refName: { includes: ["refs/tags/v*"], excludes: [] } },
    bypassActors: [{ actorId: 1, actorType: "Integration", bypassMode: "always" }],
    rules: { creation: true },
  },
  [GITHUB.subject]: { repository: "orders", useDefault: false, includeClaimKeys: ["repo", "context"] },
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
  ...MORE_NEEDS,
  ...CONSOLE_NEEDS,
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
  [GITHUB.ruleset]: [],
  [GITHUB.subject]: [],
  [GITHUB.policy]: [GITHUB.environment],
  [GITHUB.variable]: [GITHUB.environment],
};

/** Puts sample resources into the cloud as if they had always been there; returns their ids. */
export function seedSamples(cloud: Cloud, types: readonly string[]): string[] {
  return types.map((type) => cloud.seed(type, sample(type)));
}
