import { principalOf, TENANT } from "./azureAnswers";
import { AZURE } from "./azureTypes";
import { KUBERNETES } from "./kubernetesIds";
import { ACTION_GROUP_ID, GROUP_ID, IDENTITY_ID, REGISTRY_ID, VAULT_ID, WORKSPACE_ID } from "./sampleIds";
import { SIGNED_IN_SUBSCRIPTION } from "./sessions";
import type { PlainFields } from "./values";

const inGroup = { resourceGroupName: "rg-orders" };
const west = { ...inGroup, location: "westeurope" };
const account = { ...inGroup, accountName: "ordersqaaudit" };
const logs = { containerName: "insights-logs" };
const inShop = (name: string) => ({ name, namespace: "shop" });
const object = (apiVersion: string, kind: string, name: string) => ({ apiVersion, kind, metadata: inShop(name) });
const clusterWide = (apiVersion: string, kind: string, name: string) => ({ apiVersion, kind, metadata: { name } });
const ROLE = "0f0e0d0c-0b0a-4908-8706-050403020100";
const PLANS = `/subscriptions/${SIGNED_IN_SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions`;

const condition: PlainFields = {
  query: "ContainerRegistryLoginEvents | where ResultDescription != '200'",
  timeAggregation: "Count",
  operator: "GreaterThan",
  threshold: 10,
  failingPeriods: { minFailingPeriodsToAlert: 1, numberOfEvaluationPeriods: 1 },
};

const criterion: PlainFields = {
  name: "storage",
  criterionType: "StaticThresholdCriterion",
  metricName: "StorageUsed",
  operator: "GreaterThan",
  threshold: 400,
  timeAggregation: "Average",
};

/** Inputs of the types beside registries that nothing is wrong with. */
export const MORE_SAMPLES: Readonly<Record<string, PlainFields>> = {
  [AZURE.identity]: { ...west, resourceName: "id-orders" },
  [AZURE.federatedCredential]: {
    ...inGroup,
    resourceName: "id-orders",
    federatedIdentityCredentialResourceName: "qa-publish-secure",
    issuer: "https://token.actions.githubusercontent.com",
    subject: "repo:company/orders:environment:qa-publish-secure",
    audiences: ["api://AzureADTokenExchange"],
  },
  [AZURE.roleDefinition]: {
    roleDefinitionId: ROLE,
    scope: GROUP_ID,
    roleName: "orders qa locks images",
    description: "Locks tags and manifests",
    assignableScopes: [GROUP_ID],
    permissions: [{ actions: ["Microsoft.ContainerRegistry/registries/metadata/read"] }],
  },
  [AZURE.roleAssignment]: {
    roleAssignmentName: "11111111-2222-4333-8444-555555555555",
    scope: REGISTRY_ID,
    principalId: principalOf(IDENTITY_ID),
    principalType: "ServicePrincipal",
    roleDefinitionId: `${PLANS}/8311e382-0749-4cb8-b61a-304f252e45ec`,
  },
  [AZURE.vault]: {
    ...west,
    vaultName: "kv-orders-qa",
    properties: {
      tenantId: TENANT,
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: true,
      enableSoftDelete: true,
      softDeleteRetentionInDays: 90,
      enablePurgeProtection: true,
      enabledForDeployment: false,
      publicNetworkAccess: "Enabled",
    },
  },
  [AZURE.storage]: { ...west, accountName: "ordersqaaudit", kind: "StorageV2", sku: { name: "Standard_GRS" } },
  [AZURE.blobContainer]: { ...account, ...logs, publicAccess: "None" },
  [AZURE.blobService]: { ...account, blobServicesName: "default", isVersioningEnabled: true },
  [AZURE.immutability]: {
    ...{ ...account, ...logs, immutabilityPolicyName: "default" },
    ...{ immutabilityPeriodSinceCreationInDays: 365, allowProtectedAppendWrites: true },
  },
  [AZURE.lifecycle]: {
    ...account,
    managementPolicyName: "default",
    policy: {
      rules: [
        {
          ...{ name: "archive", type: "Lifecycle", enabled: true },
          definition: {
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 400 } } },
            filters: { blobTypes: ["appendBlob"] },
          },
        },
      ],
    },
  },
  [AZURE.savedSearch]: {
    ...{ ...inGroup, workspaceName: "log-orders", savedSearchId: "pulls" },
    ...{ category: "registries", displayName: "Who pulled what", query: "ContainerRegistryRepositoryEvents" },
  },
  [AZURE.queryPack]: { ...west, queryPackName: "qp-orders" },
  [AZURE.query]: { ...inGroup, queryPackName: "qp-orders", id: ROLE, displayName: "Pulls", body: "print 1" },
  [AZURE.workbook]: {
    ...{ ...west, resourceName: ROLE, category: "workbook", kind: "shared", displayName: "Registries" },
    ...{ serializedData: "{}", sourceId: WORKSPACE_ID },
  },
  [AZURE.component]: {
    ...{ ...west, resourceName: "ai-orders", kind: "web", applicationType: "web" },
    workspaceResourceId: WORKSPACE_ID,
  },
  [AZURE.actionGroup]: {
    ...{ ...inGroup, actionGroupName: "ag-orders", location: "global", groupShortName: "orders-qa", enabled: true },
    emailReceivers: [{ name: "operations", emailAddress: "operations@company.com", useCommonAlertSchema: true }],
  },
  [AZURE.queryAlert]: {
    ...{ ...west, ruleName: "failed-logins", kind: "LogAlert", enabled: true, severity: 2, scopes: [WORKSPACE_ID] },
    ...{ evaluationFrequency: "PT5M", windowSize: "PT15M", criteria: { allOf: [condition] } },
    actions: { actionGroups: [ACTION_GROUP_ID] },
  },
  [AZURE.metricAlert]: {
    ...{ ...inGroup, ruleName: "storage", location: "global", enabled: true, severity: 3, scopes: [REGISTRY_ID] },
    ...{ evaluationFrequency: "PT1H", windowSize: "PT1H", actions: [{ actionGroupId: ACTION_GROUP_ID }] },
    criteria: { odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria", allOf: [criterion] },
  },
  [AZURE.activityLogAlert]: {
    ...{ ...inGroup, activityLogAlertName: "health", location: "global", scopes: [GROUP_ID] },
    condition: { allOf: [{ field: "category", equals: "ResourceHealth" }] },
    actions: { actionGroups: [{ actionGroupId: ACTION_GROUP_ID }] },
  },
  [AZURE.systemTopic]: {
    ...{ ...west, systemTopicName: "evgt-orders", source: VAULT_ID, topicType: "Microsoft.KeyVault.vaults" },
  },
  [AZURE.eventSubscription]: {
    ...{ ...inGroup, systemTopicName: "evgt-orders", eventSubscriptionName: "near-expiry" },
    destination: { endpointType: "MonitorAlert", severity: "Sev2", actionGroups: [ACTION_GROUP_ID] },
    filter: { includedEventTypes: ["Microsoft.KeyVault.SecretNearExpiry"] },
    eventDeliverySchema: "CloudEventSchemaV1_0",
  },
  [AZURE.budget]: {
    ...{ scope: GROUP_ID, budgetName: "orders-qa", category: "Cost", amount: 200, timeGrain: "Monthly" },
    timePeriod: { startDate: "2026-01-01T00:00:00Z", endDate: "2036-01-01T00:00:00Z" },
    notifications: {
      actual: {
        ...{ enabled: true, operator: "GreaterThanOrEqualTo", threshold: 80, thresholdType: "Actual" },
        contactEmails: ["operations@company.com"],
      },
    },
  },
  [AZURE.pricing]: {
    ...{ scopeId: REGISTRY_ID.slice(1), pricingName: "Containers", pricingTier: "Standard" },
  },
  [KUBERNETES.namespace]: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
  [KUBERNETES.serviceAccount]: { ...object("v1", "ServiceAccount", "shop"), automountServiceAccountToken: false },
  [KUBERNETES.secret]: { ...object("v1", "Secret", "pull"), type: "Opaque", data: { a: "Yg==" } },
  [KUBERNETES.secretStore]: {
    ...object("external-secrets.io/v1", "SecretStore", "vault"),
    spec: {
      provider: { azurekv: { authType: "WorkloadIdentity", vaultUrl: "https://kv-orders-qa.vault.azure.net/" } },
    },
  },
  [KUBERNETES.externalSecret]: {
    ...object("external-secrets.io/v1", "ExternalSecret", "pull"),
    spec: { secretStoreRef: { name: "vault", kind: "SecretStore" }, target: { name: "pull" } },
  },
  [KUBERNETES.secretProviderClass]: {
    ...object("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", "pull"),
    spec: { provider: "azure", parameters: { keyvaultName: "kv-orders-qa" } },
  },
  [KUBERNETES.admissionPolicy]: {
    ...clusterWide("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "orders-qa-images"),
    spec: { failurePolicy: "Fail", validations: [{ expression: "true" }] },
  },
  [KUBERNETES.admissionBinding]: {
    ...clusterWide("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "orders-qa-images"),
    spec: { policyName: "orders-qa-images", validationActions: ["Deny"] },
  },
  [KUBERNETES.signaturePolicy]: {
    ...clusterWide("policies.kyverno.io/v1", "ImageValidatingPolicy", "orders-qa-secure"),
    spec: {
      attestors: [{ name: "key0", cosign: { key: { data: "a key" } } }],
      validations: [{ expression: "true" }],
    },
  },
  [KUBERNETES.imageRepository]: {
    ...object("image.toolkit.fluxcd.io/v1", "ImageRepository", "api"),
    spec: { image: "registry.company.com/orders/api", interval: "5m" },
  },
  [KUBERNETES.imagePolicy]: {
    ...object("image.toolkit.fluxcd.io/v1", "ImagePolicy", "api"),
    spec: { imageRepositoryRef: { name: "api" }, policy: { semver: { range: "1.x" } } },
  },
  [KUBERNETES.imageAutomation]: {
    ...object("image.toolkit.fluxcd.io/v1", "ImageUpdateAutomation", "orders"),
    spec: { interval: "5m", sourceRef: { kind: "GitRepository", name: "deploy" } },
  },
  [KUBERNETES.ociRepository]: {
    ...object("source.toolkit.fluxcd.io/v1", "OCIRepository", "orders"),
    spec: { interval: "5m", url: "oci://registry.company.com/charts/orders" },
  },
  [KUBERNETES.helmRelease]: {
    ...object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "orders"),
    spec: { interval: "5m", chartRef: { kind: "OCIRepository", name: "orders" } },
  },
};

const inNamespace = [KUBERNETES.namespace];

/** What each of them needs to be there before it. */
export const MORE_NEEDS: Readonly<Record<string, readonly string[]>> = {
  [AZURE.identity]: [AZURE.group],
  [AZURE.federatedCredential]: [AZURE.identity],
  [AZURE.roleDefinition]: [AZURE.group],
  [AZURE.roleAssignment]: [AZURE.registry, AZURE.identity],
  [AZURE.vault]: [AZURE.group],
  [AZURE.storage]: [AZURE.group],
  [AZURE.blobContainer]: [AZURE.storage],
  [AZURE.blobService]: [AZURE.storage],
  [AZURE.immutability]: [AZURE.blobContainer],
  [AZURE.lifecycle]: [AZURE.storage],
  [AZURE.savedSearch]: [AZURE.workspace],
  [AZURE.queryPack]: [AZURE.group],
  [AZURE.query]: [AZURE.queryPack],
  [AZURE.workbook]: [AZURE.workspace],
  [AZURE.component]: [AZURE.workspace],
  [AZURE.actionGroup]: [AZURE.group],
  [AZURE.queryAlert]: [AZURE.workspace, AZURE.actionGroup],
  [AZURE.metricAlert]: [AZURE.registry, AZURE.actionGroup],
  [AZURE.activityLogAlert]: [AZURE.actionGroup],
  [AZURE.systemTopic]: [AZURE.vault],
  [AZURE.eventSubscription]: [AZURE.systemTopic, AZURE.actionGroup],
  [AZURE.budget]: [AZURE.group],
  [AZURE.pricing]: [AZURE.registry],
  [KUBERNETES.namespace]: [],
  [KUBERNETES.serviceAccount]: inNamespace,
  [KUBERNETES.secret]: inNamespace,
  [KUBERNETES.secretStore]: inNamespace,
  [KUBERNETES.externalSecret]: inNamespace,
  [KUBERNETES.secretProviderClass]: inNamespace,
  [KUBERNETES.admissionPolicy]: [],
  [KUBERNETES.admissionBinding]: [],
  [KUBERNETES.signaturePolicy]: [],
  [KUBERNETES.imageRepository]: inNamespace,
  [KUBERNETES.imagePolicy]: inNamespace,
  [KUBERNETES.imageAutomation]: inNamespace,
  [KUBERNETES.ociRepository]: inNamespace,
  [KUBERNETES.helmRelease]: inNamespace,
};
