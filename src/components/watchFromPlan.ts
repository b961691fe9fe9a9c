import type { Input, Output } from "@pulumi/pulumi";
import { liveAlerts } from "../domain/alerts";
import type { ImageClass } from "../domain/imageClass";
import type { StagePlan } from "../domain/plan";
import type { WatchPlan } from "../domain/planWatch";
import { AlertRules } from "./alertRules";
import { AuditViews } from "./auditViews";
import type { DualRegistry } from "./dualRegistry";
import type { PlanSecrets } from "./fromPlan";
import { StageBudget } from "./stageBudget";
import { StageInsights } from "./stageInsights";

/** What the cloud knows of a stage's log and of what watches it. */
export interface WatchAnswers {
  workspaceId?: Output<string>;
  archiveId?: Output<string>;
  workbookId?: Output<string>;
  /** ARM id of the group of receivers. */
  receiversId?: Output<string>;
  insightsId?: Output<string>;
}

/** What every part of a stage's watch is made with. */
interface Place {
  resourceGroupName: string;
  location: string;
  workspaceId: Input<string>;
  tags: Readonly<Record<string, string>>;
}

function makeAlerts(plan: StagePlan, watch: WatchPlan, place: Place, pair: DualRegistry, rest: Given) {
  const { receivers } = watch.alerts;
  if (receivers === undefined) return undefined;
  const { name, shortName, emails } = receivers;
  const id = (imageClass: ImageClass) => {
    const { registryId } = pair.registries[imageClass];
    return registryId === undefined ? {} : { [imageClass]: registryId };
  };
  const webhook = rest.secrets.alertWebhook;
  return new AlertRules(
    `${plan.product}-alerts`,
    {
      ...place,
      prefix: `${plan.product}-registry-${plan.stage}`,
      receivers: { name, shortName, emails, ...(webhook === undefined ? {} : { webhook }) },
      alerts: liveAlerts(watch.alerts),
      registryIds: { ...id("secure"), ...id("standard") },
      ...(rest.vaultId === undefined ? {} : { vaultId: rest.vaultId }),
    },
    after(pair),
  );
}

const after = ({ group }: DualRegistry) => (group === undefined ? {} : { dependsOn: [group] });

/** What a stage's watch needs that its plan does not hold. */
interface Given {
  secrets: PlanSecrets;
  /** ARM id of the stage's own vault. */
  vaultId?: Input<string>;
}

/** Makes what watches a stage's registries, and says what it made; nothing for a pair that is only named. */
export function makeWatch(plan: StagePlan, pair: DualRegistry, given: Given): WatchAnswers {
  const { watch, product, location, resourceGroup, tags } = plan;
  const { workspaceId, group } = pair;
  if (watch === undefined || workspaceId === undefined || group === undefined || resourceGroup === undefined) return {};
  const place = { resourceGroupName: resourceGroup, location, workspaceId, tags };
  const { views, budget, insights, defenderScope } = watch;
  const workspaceName = plan.audit?.mode === "create" ? { workspaceName: plan.audit.workspaceName } : {};
  const shown = new AuditViews(`${product}-views`, { ...place, ...views, ...workspaceName }, after(pair));
  pair.later.push(shown);
  const alerts = makeAlerts(plan, watch, place, pair, given);
  if (budget !== undefined) {
    const groupIds = alerts === undefined ? [] : [alerts.groupId];
    new StageBudget(`${product}-budget`, { ...budget, scope: group.id, groupIds });
  }
  const looked = {
    ...(insights === undefined ? {} : { insights }),
    ...(defenderScope === undefined ? {} : { defenderScope }),
  };
  const looking =
    Object.keys(looked).length === 0
      ? undefined
      : new StageInsights(`${product}-insights`, { ...place, ...looked }, after(pair));
  return {
    workspaceId,
    ...(pair.archiveId === undefined ? {} : { archiveId: pair.archiveId }),
    workbookId: shown.workbookId,
    ...(alerts === undefined ? {} : { receiversId: alerts.groupId }),
    ...(looking?.insightsId === undefined ? {} : { insightsId: looking.insightsId }),
  };
}
