import { MetricAlert } from "@pulumi/azure-native/monitor/metricAlert";
import type { LimitRule, LiveAlert, UnusualRule } from "../domain/alert";
import { describe, type RuleNames, type RulePlace } from "./rulePlace";

const METRICS = "Microsoft.ContainerRegistry/registries";

/** Above a number that is known. */
const limit = (rule: LimitRule) => ({
  odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria" as const,
  allOf: [
    {
      criterionType: "StaticThresholdCriterion" as const,
      name: rule.metric,
      metricName: rule.metric,
      metricNamespace: METRICS,
      operator: "GreaterThan",
      threshold: rule.above,
      timeAggregation: "Average",
    },
  ],
});

/** Above what Azure has learnt to be usual; of criteria, only those for many resources take such a one. */
const unusual = (rule: UnusualRule) => ({
  odataType: "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria" as const,
  allOf: [
    {
      criterionType: "DynamicThresholdCriterion" as const,
      name: rule.metric,
      metricName: rule.metric,
      metricNamespace: METRICS,
      operator: "GreaterThan",
      alertSensitivity: rule.sensitivity,
      failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 3 },
      timeAggregation: "Total",
    },
  ],
});

/** A rule over a metric of one registry; without the registry none is made. */
export function makeMetricRule(
  names: RuleNames,
  alert: LiveAlert,
  rule: LimitRule | UnusualRule,
  place: RulePlace,
): void {
  const { resourceGroupName, registryIds, groupId, tags, parent } = place;
  const registryId = registryIds[rule.registry];
  if (registryId === undefined) return;
  new MetricAlert(
    names.resource,
    {
      ruleName: names.rule,
      resourceGroupName,
      location: "Global",
      description: describe(alert),
      enabled: true,
      severity: alert.severity,
      scopes: [registryId],
      evaluationFrequency: "PT1H",
      windowSize: rule.window,
      autoMitigate: true,
      criteria: rule.kind === "limit" ? limit(rule) : unusual(rule),
      actions: [{ actionGroupId: groupId }],
      ...(tags === undefined ? {} : { tags }),
    },
    { parent },
  );
}
