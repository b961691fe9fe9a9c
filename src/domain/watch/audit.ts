import type { ArmKind } from "../../base/azure/armId";
import { workspaceName } from "../plan/names";
import type { Stage } from "../stage";

/**
 * The log categories of a registry that are sent to Log Analytics.
 * Source: Azure Monitor, supported log categories of Microsoft.ContainerRegistry/registries.
 */
export const LOG_CATEGORIES = ["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"] as const;

/** The metric category of a registry. */
export const METRIC_CATEGORIES = ["AllMetrics"] as const;

/** Days a Log Analytics workspace of the PerGB2018 tier keeps its data. */
export const WORKSPACE_RETENTION = { min: 30, max: 730, default: 90 } as const;

/** Microsoft.OperationalInsights/workspaces: 4 to 63 letters, digits and hyphens, no hyphen first or last. */
export const WORKSPACE_ARM_KIND: ArmKind = {
  type: "Microsoft.OperationalInsights/workspaces",
  name: /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/,
  nameForm: "a workspace's name, 4 to 63 letters, digits and hyphens, no hyphen first or last",
};

/** Where a stage's audit log goes: to a workspace made for it, or to one that exists. */
export type AuditPlan =
  { mode: "create"; workspaceName: string; retentionDays: number } | { mode: "reference"; workspaceId: string };

/** What a stage file says of its workspace. */
export interface AuditConfig {
  /** ARM id of a workspace that exists; the stage makes its own where not given. */
  workspaceId?: string | undefined;
  /** Days that a workspace of its own keeps its data. */
  retentionDays: number;
}

/** Plans where the audit log of a stage goes. */
export function planAudit(config: { stage: Stage; product: { name: string }; audit: AuditConfig }): AuditPlan {
  const { workspaceId, retentionDays } = config.audit;
  if (workspaceId !== undefined) return { mode: "reference", workspaceId };
  return { mode: "create", workspaceName: workspaceName(config.product.name, config.stage), retentionDays };
}
