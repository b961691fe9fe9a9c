/**
 * The log categories of a registry that are sent to Log Analytics.
 * Source: Azure Monitor, supported log categories of Microsoft.ContainerRegistry/registries.
 */
export const LOG_CATEGORIES = ["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"] as const;

/** The metric category of a registry. */
export const METRIC_CATEGORIES = ["AllMetrics"] as const;

/** Days a Log Analytics workspace of the PerGB2018 tier keeps its data. */
export const WORKSPACE_RETENTION = { min: 30, max: 730, default: 90 } as const;

/** Where a stage's audit log goes: to a workspace made for it, or to one that exists. */
export type AuditPlan =
  { mode: "create"; workspaceName: string; retentionDays: number } | { mode: "reference"; workspaceId: string };
