import { SystemTopic } from "@pulumi/azure-native/eventgrid/systemTopic";
import { SystemTopicEventSubscription } from "@pulumi/azure-native/eventgrid/systemTopicEventSubscription";
import { ActionGroup } from "@pulumi/azure-native/monitor/actionGroup";
import { MetricAlert } from "@pulumi/azure-native/monitor/metricAlert";
import { ScheduledQueryRule } from "@pulumi/azure-native/monitor/scheduledQueryRule";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
  secret,
} from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import type { ImageClass } from "../../domain/image/imageClass";
import { PACKAGE } from "../options";
import type { QueryRule, LimitRule, UnusualRule, EventRule, LiveAlert } from "../../domain/watch/alertPlan";

/** A stage's alerts and who is told of them. */
export interface AlertRulesArgs {
  resourceGroupName: Input<string>;
  location: Input<string>;
  /** Begins the names of the rules. */
  prefix: string;
  receivers: ReceiversArgs;
  /** The alerts that are made; their names are part of resource names. */
  alerts: readonly LiveAlert[];
  /** ARM id of the workspace that queries ask. */
  workspaceId: Input<string>;
  /** ARM ids of the registries whose metrics are watched. */
  registryIds: Readonly<Partial<Record<ImageClass, Input<string>>>>;
  /** ARM id of the vault whose events are watched; without it those alerts are not made. */
  vaultId?: Input<string>;
  tags?: Input<Record<string, Input<string>>>;
}

/** A stage's alert rules, and one group of receivers that all of them tell. */
export class AlertRules extends ComponentResource {
  /** ARM id of the group of receivers. */
  readonly groupId: Output<string>;

  constructor(name: string, args: AlertRulesArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:AlertRules`, name, undefined, options);
    const dependsOn = [options?.dependsOn ?? []].flat() as Resource[];
    const { resourceGroupName, tags } = args;
    const place = { resourceGroupName, ...defined({ tags }) };
    const group = makeActionGroup(name, args.receivers, place, { parent: this, dependsOn });
    this.groupId = group.id;
    for (const alert of args.alerts) this.makeAlert(name, alert, args, group.id);
    this.registerOutputs({ groupId: this.groupId });
  }

  private makeAlert(name: string, alert: LiveAlert, args: AlertRulesArgs, groupId: Output<string>): void {
    const place: RulePlace = { ...args, groupId, parent: this };
    for (const rule of alert.rules) {
      const role = "registry" in rule ? `${alert.name}-${rule.registry}` : alert.name;
      const own = { resource: `${name}-${role}`, rule: `${args.prefix}-${role}` };
      if (rule.kind === "query") makeQueryRule(own, alert, rule, place);
      else if (rule.kind === "event") makeEventRule(own, alert, rule, place);
      else makeMetricRule(own, alert, rule, place);
    }
  }
}

/** What every rule of a stage is made with. */
interface RulePlace extends Pick<
  AlertRulesArgs,
  "resourceGroupName" | "location" | "workspaceId" | "registryIds" | "vaultId" | "tags"
> {
  groupId: Input<string>;
  parent: Resource;
}

/** Under what name a rule is known to Pulumi, and under what to Azure. */
interface RuleNames {
  resource: string;
  rule: string;
}

/** What people read of a rule where it is told. */
const describe = ({ title, signal, threshold }: LiveAlert): string => `${title}: ${signal}; ${threshold}`;

/** Who is told. */
interface ReceiversArgs {
  /** A change replaces the group. */
  name: Input<string>;
  /** At most 12 characters. */
  shortName: Input<string>;
  emails: readonly Input<string>[];
  /** Address that is called; handled as secret whatever is given, since it may be all that is asked of a caller. */
  webhook?: Input<string>;
}

/** Makes the group of receivers that rules and budgets tell. */
function makeActionGroup(
  name: string,
  receivers: ReceiversArgs,
  place: { resourceGroupName: Input<string>; tags?: Input<Record<string, Input<string>>> },
  options: { parent: Resource; dependsOn: Resource[] },
): ActionGroup {
  const { webhook } = receivers;
  return new ActionGroup(
    `${name}-receivers`,
    {
      actionGroupName: receivers.name,
      groupShortName: receivers.shortName,
      ...place,
      location: "Global",
      enabled: true,
      emailReceivers: receivers.emails.map((emailAddress, at) => ({
        name: `email-${at + 1}`,
        emailAddress,
        useCommonAlertSchema: true,
      })),
      ...(webhook === undefined
        ? {}
        : { webhookReceivers: [{ name: "webhook", serviceUri: secret(webhook), useCommonAlertSchema: true }] }),
    },
    { ...options, ...(webhook === undefined ? {} : { additionalSecretOutputs: ["webhookReceivers"] }) },
  );
}

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
function makeMetricRule(names: RuleNames, alert: LiveAlert, rule: LimitRule | UnusualRule, place: RulePlace): void {
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
      ...defined({ tags }),
    },
    { parent },
  );
}

/** A rule that asks the workspace as often as its window is long, and tells when too many rows come. */
function makeQueryRule(names: RuleNames, alert: LiveAlert, rule: QueryRule, place: RulePlace): void {
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
      ...defined({ tags }),
    },
    { parent },
  );
}

/**
 * Events of a vault as alerts. Without a vault nothing is made.
 * Source: Azure Event Grid, handle Key Vault events using Azure Monitor alerts: CloudEvents alone are taken.
 */
function makeEventRule(names: RuleNames, alert: LiveAlert, rule: EventRule, place: RulePlace): void {
  const { resourceGroupName, location, vaultId, groupId, tags, parent } = place;
  if (vaultId === undefined) return;
  const systemTopicName = `${names.rule}-topic`;
  const topic = new SystemTopic(
    `${names.resource}-topic`,
    {
      systemTopicName,
      resourceGroupName,
      location,
      source: vaultId,
      topicType: "Microsoft.KeyVault.vaults",
      ...defined({ tags }),
    },
    { parent },
  );
  new SystemTopicEventSubscription(
    names.resource,
    {
      eventSubscriptionName: names.rule,
      systemTopicName,
      resourceGroupName,
      eventDeliverySchema: "CloudEventSchemaV1_0",
      filter: { includedEventTypes: [...rule.events] },
      destination: {
        endpointType: "MonitorAlert",
        severity: `Sev${alert.severity}`,
        description: describe(alert),
        actionGroups: [groupId],
      },
    },
    { parent, dependsOn: [topic], replaceWith: [topic] },
  );
}
