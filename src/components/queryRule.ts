import { ScheduledQueryRule } from "@pulumi/azure-native/monitor/scheduledQueryRule";
import type { LiveAlert, QueryRule } from "../domain/alert";
import { describe, type RuleNames, type RulePlace } from "./rulePlace";

/** A rule that asks the workspace as often as its window is long, and tells when too many rows come. */
export function makeQueryRule(names: RuleNames, alert: LiveAlert, rule: QueryRule, place: RulePlace): void {
  const { resourceGroupName, location, workspaceId, groupId, tags, parent } = place;
  new ScheduledQueryRule(
    names.resource,
    {
      ruleName: names.rule,
      resourceGroupName,
      location,
      kind: "LogAlert",
      displayName: alert.title,
      description: describe(alert),
      enabled: true,
      severity: alert.severity,
      scopes: [workspaceId],
      evaluationFrequency: rule.window,
      windowSize: rule.window,
      autoMitigate: false,
      criteria: {
        allOf: [
          {
            query: rule.query,
            timeAggregation: "Count",
            operator: "GreaterThan",
            threshold: rule.rows,
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
          },
        ],
      },
      actions: { actionGroups: [groupId] },
      ...(tags === undefined ? {} : { tags }),
    },
    { parent },
  );
}
