/** A role of Azure's own, known in every tenant by its guid. */
export interface BuiltInRole {
  title: string;
  guid: string;
}

/** A role this program defines, since none of Azure's own gives so little. */
export interface CustomRole {
  title: string;
  description: string;
  /** Rights on the management plane; a registry in its own permission mode keeps those of images here as well. */
  actions: readonly string[];
  /** Rights on data behind a resource's own endpoint. */
  dataActions: readonly string[];
}

const registry = (...rights: string[]) => rights.map((right) => `Microsoft.ContainerRegistry/registries/${right}`);

/**
 * What reads settings and nothing else. Azure's Reader would not do: it may pull images and query the log.
 * Of a webhook its address alone: its headers come with another right.
 */
const SETTINGS = [
  ...registry("read", "replications/read", "scopeMaps/read", "tokens/read", "webhooks/read"),
  "Microsoft.App/containerApps/read",
  ...["Microsoft.Authorization/locks/read", "Microsoft.Authorization/roleAssignments/read"],
  ...["Microsoft.Authorization/roleDefinitions/read", "Microsoft.Consumption/budgets/read"],
  ...["Microsoft.Insights/actionGroups/read", "Microsoft.Insights/activityLogAlerts/read"],
  ...["Microsoft.Insights/components/read", "Microsoft.Insights/diagnosticSettings/read"],
  ...["Microsoft.Insights/metricAlerts/read", "Microsoft.Insights/scheduledQueryRules/read"],
  ...["Microsoft.Insights/workbooks/read", "Microsoft.KeyVault/vaults/read"],
  ...["Microsoft.ManagedIdentity/userAssignedIdentities/read"],
  ...["Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read"],
  ...["Microsoft.OperationalInsights/workspaces/read", "Microsoft.OperationalInsights/workspaces/savedSearches/read"],
  ...["Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Storage/storageAccounts/read"],
  ...["Microsoft.Storage/storageAccounts/managementPolicies/read"],
  ...["Microsoft.EventGrid/systemTopics/read", "Microsoft.EventGrid/systemTopics/eventSubscriptions/read"],
];

/**
 * The roles that identities are given. Sources: Azure built-in roles for containers and for monitoring; operations of
 * Microsoft.ContainerRegistry and Microsoft.KeyVault; "Lock a container image": a lock is metadata, which AcrPush cannot
 * write. A registry gives no token to who may not pull, so whoever locks or deletes pulls as well. Wildcards are not
 * used: a registry takes none.
 */
export const ROLES = {
  AcrPull: { title: "AcrPull", guid: "7f951dda-4ed3-4680-a7ca-43fe172d538d" },
  AcrPush: { title: "AcrPush", guid: "8311e382-0749-4cb8-b61a-304f252e45ec" },
  ReadSecret: { title: "Key Vault Secrets User", guid: "4633458b-17de-408a-b874-0445c86b69e6" },
  LogReader: { title: "Log Analytics Reader", guid: "73c42c96-874c-492b-b04d-ab87d138a893" },
  Lock: {
    title: "lock images",
    description: "Reads images and writes their metadata, which is what locks and unlocks them",
    actions: registry("metadata/read", "metadata/write", "pull/read"),
    dataActions: [],
  },
  Sweep: {
    title: "sweep images",
    description: "Reads images and deletes them",
    actions: registry("artifacts/delete", "metadata/read", "pull/read"),
    dataActions: [],
  },
  Settings: {
    title: "read settings",
    description: "Reads settings: no image, no log, no secret",
    actions: [...SETTINGS].sort(),
    dataActions: [],
  },
  Rotate: {
    title: "rotate tokens",
    description: "Makes new passwords of a registry's tokens; cannot change what a token may do",
    actions: registry("generateCredentials/action", "operationStatuses/read", "read", "scopeMaps/read", "tokens/read"),
    dataActions: [],
  },
  WriteSecrets: {
    title: "write secrets",
    description: "Writes new versions of secrets and reads their dates; cannot read a value",
    actions: ["Microsoft.KeyVault/vaults/read"],
    dataActions: ["readMetadata", "setSecret", "update"].map(
      (right) => `Microsoft.KeyVault/vaults/secrets/${right}/action`,
    ),
  },
} as const satisfies Readonly<Record<string, BuiltInRole | CustomRole>>;

/** Key of a role. */
export type RoleKey = keyof typeof ROLES;

/** The role behind a key. */
export function roleOf(key: RoleKey): BuiltInRole | CustomRole {
  return ROLES[key];
}

/** What a role lets somebody do with the images of the registry it is given on, sorted. */
export const ROLE_ACTIONS: Readonly<Record<RoleKey, readonly AccessAction[]>> = {
  AcrPull: ["list", "pull"],
  AcrPush: ["list", "pull", "push"],
  LogReader: [],
  ReadSecret: [],
  Lock: ["list", "lock", "pull"],
  Sweep: ["delete", "list", "pull"],
  Settings: [],
  Rotate: [],
  WriteSecrets: [],
};

/** What somebody may do with the images of a registry. */
export const ACCESS_ACTIONS = ["pull", "push", "delete", "lock", "list"] as const;

/** One of these actions. */
export type AccessAction = (typeof ACCESS_ACTIONS)[number];
