import { AZURE } from "./azureTypes";

// What Azure publishes in words and no schema says: names that an input must be one of.

/**
 * Built-in roles by id, those that a registry, its vault and its logs have use for.
 * Source: Azure built-in roles (Microsoft Entra documentation).
 */
export const BUILT_IN_ROLES: Readonly<Record<string, string>> = {
  "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
  "8311e382-0749-4cb8-b61a-304f252e45ec": "AcrPush",
  "c2f4ef07-c644-48eb-af81-4b1b4947fb11": "AcrDelete",
  "6cef56e8-d556-48e5-a04f-b8e64114680f": "AcrImageSigner",
  "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
  "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
  "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
  "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
  "21090545-7ca7-4776-b22c-e363652d74d2": "Key Vault Reader",
  "73c42c96-874c-492b-b04d-ab87d138a893": "Log Analytics Reader",
  "43d0d8ad-25c7-4714-9337-8ba259a9fe05": "Monitoring Reader",
  "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
};

/** A metric of a resource, by its name in the REST API. */
interface Metric {
  dimensions: readonly string[];
  /** Minutes between two samples: what looks at less sees none. */
  grain: number;
}

const EVERY_MINUTE: Metric = { dimensions: [], grain: 1 };

/**
 * Metrics by namespace.
 * Source: learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-containerregistry-registries-metrics
 */
export const METRICS: Readonly<Record<string, Readonly<Record<string, Metric>>>> = {
  "microsoft.containerregistry/registries": {
    AgentPoolCPUTime: EVERY_MINUTE,
    RunDuration: EVERY_MINUTE,
    StorageUsed: { dimensions: ["Geolocation"], grain: 60 },
    SuccessfulPullCount: EVERY_MINUTE,
    SuccessfulPushCount: EVERY_MINUTE,
    TotalPullCount: EVERY_MINUTE,
    TotalPushCount: EVERY_MINUTE,
  },
};

/**
 * Log categories by the type that is watched.
 * Source: learn.microsoft.com/azure/azure-monitor/reference/supported-logs
 */
export const LOG_CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  [AZURE.registry]: ["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"],
  [AZURE.vault]: ["AuditEvent", "AzurePolicyEvaluationDetails"],
};

/**
 * Events by the type of their topic.
 * Source: learn.microsoft.com/azure/event-grid/event-schema-container-registry and .../event-schema-key-vault
 */
export const EVENT_TYPES: Readonly<Record<string, readonly string[]>> = {
  "microsoft.containerregistry.registries": [
    "Microsoft.ContainerRegistry.ImagePushed",
    "Microsoft.ContainerRegistry.ImageDeleted",
    "Microsoft.ContainerRegistry.ChartPushed",
    "Microsoft.ContainerRegistry.ChartDeleted",
  ],
  "microsoft.keyvault.vaults": [
    "Microsoft.KeyVault.CertificateNewVersionCreated",
    "Microsoft.KeyVault.CertificateNearExpiry",
    "Microsoft.KeyVault.CertificateExpired",
    "Microsoft.KeyVault.KeyNewVersionCreated",
    "Microsoft.KeyVault.KeyNearExpiry",
    "Microsoft.KeyVault.KeyExpired",
    "Microsoft.KeyVault.SecretNewVersionCreated",
    "Microsoft.KeyVault.SecretNearExpiry",
    "Microsoft.KeyVault.SecretExpired",
    "Microsoft.KeyVault.VaultAccessPolicyChanged",
  ],
};
