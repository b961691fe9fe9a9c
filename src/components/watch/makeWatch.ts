import type { Input, Output, Resource } from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import type { ImageClass } from "../../domain/image/imageClass";
import type { StagePlan } from "../../domain/plan/stagePlan";
import { liveAlerts } from "../../domain/watch/alertPlan";
import type { WatchPlan } from "../../domain/watch/planWatch";
import { AlertRules } from "./alertRules";
import { AuditViews } from "./auditViews";
import { StageBudget } from "./stageBudget";
import { StageInsights } from "./stageInsights";

/** What a stage's watch stands on. */
export interface WatchTargets {
  /** The resource group that it is made in. */
  group: Resource & { readonly id: Output<string> };
  /** ARM id of the workspace that holds the audit log. */
  workspaceId: Output<string>;
  /** ARM ids of the registries in Azure. */
  registryIds: Readonly<Partial<Record<ImageClass, Input<string>>>>;
  /** ARM id of the vault with the passwords of tokens. */
  vaultId?: Input<string>;
  /** Address that alerts call. */
  alertWebhook?: Input<string>;
}

/** What was made to watch a stage. */
export interface StageWatch {
  /** The saved queries and the workbook: they are made in the workspace, so its lock comes after them. */
  views: AuditViews;
  /** ARM id of the workbook. */
  workbookId: Output<string>;
  /** ARM id of the group of receivers, where alerts have any. */
  receiversId?: Output<string>;
  /** ARM id of the Application Insights, where it is made. */
  insightsId?: Output<string>;
}

/** Makes what watches a stage's registries: queries and workbook, alerts, budget, insights. */
export function makeWatch(
  plan: StagePlan & { watch: WatchPlan; resourceGroup: string },
  targets: WatchTargets,
): StageWatch {
  const { product, location, resourceGroup: resourceGroupName, tags } = plan;
  const { group, workspaceId } = targets;
  const place: WatchPlace = { resourceGroupName, location, workspaceId, tags };
  const views = makeViews(plan, place, group);
  const alerts = makeAlerts(plan, place, targets);
  const { budget, insights, defenderScope } = plan.watch;
  if (budget !== undefined) {
    const groupIds = alerts === undefined ? [] : [alerts.groupId];
    new StageBudget(`${product}-budget`, { ...budget, scope: group.id, groupIds });
  }
  const looked = defined({ insights, defenderScope });
  const inside =
    Object.keys(looked).length === 0
      ? undefined
      : new StageInsights(`${product}-insights`, { ...place, ...looked }, { dependsOn: [group] });
  return {
    views,
    workbookId: views.workbookId,
    ...defined({ receiversId: alerts?.groupId, insightsId: inside?.insightsId }),
  };
}

/** What every part of a stage's watch is made with. */
interface WatchPlace {
  resourceGroupName: string;
  location: string;
  workspaceId: Input<string>;
  tags: Readonly<Record<string, string>>;
}

function makeViews({ product, watch, audit }: StagePlan & { watch: WatchPlan }, place: WatchPlace, group: Resource) {
  const workspaceName = audit?.mode === "create" ? { workspaceName: audit.workspaceName } : {};
  return new AuditViews(`${product}-views`, { ...place, ...watch.views, ...workspaceName }, { dependsOn: [group] });
}

function makeAlerts(
  { product, stage, watch }: StagePlan & { watch: WatchPlan },
  place: WatchPlace,
  { group, registryIds, vaultId, alertWebhook: webhook }: WatchTargets,
): AlertRules | undefined {
  if (watch.alerts.receivers === undefined) return undefined;
  const { name, shortName, emails } = watch.alerts.receivers;
  return new AlertRules(
    `${product}-alerts`,
    {
      ...place,
      prefix: `${product}-registry-${stage}`,
      receivers: { name, shortName, emails, ...defined({ webhook }) },
      alerts: liveAlerts(watch.alerts),
      registryIds,
      ...defined({ vaultId }),
    },
    { dependsOn: [group] },
  );
}
