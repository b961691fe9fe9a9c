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

/** A stage's alerts and who receives them. */
export interface AlertRulesArgs {
  /** A change replaces every rule and the group of receivers. */
  resourceGroupName: Input<string>;
  /** Azure region of the rules over the log. A change replaces them. */
  location: Input<string>;
  /** Begins the names of the rules. A change replaces them. */
  prefix: string;
  /** Who receives the alerts. */
  receivers: ReceiversArgs;
  /** The alerts that are made. Their names are plain text, since they are part of resource names. */
  alerts: readonly LiveAlert[];
  /** ARM id of the workspace that is queried. */
  workspaceId: Input<string>;
  /** ARM ids of the registries whose metrics are watched; alerts on another one are not made. */
  registryIds: Readonly<Partial<Record<ImageClass, Input<string>>>>;
  /**
   * ARM id of the vault whose events are watched.
   *
   * @default none: alerts on the vault are not made
   */
  vaultId?: Input<string>;
  /** @default none */
  tags?: Input<Record<string, Input<string>>>;
}

/**
 * A stage's alert rules, and the one group of receivers that all of them notify.
 *
 * @example
 * new AlertRules("orders-alerts", {
 *   resourceGroupName: "rg-orders-qa",
 *   location: "westeurope",
 *   prefix: "orders-registry-qa",
 *   receivers: { name: "ag-orders-qa", shortName: "orders-qa", emails: ["operations@example.com"] },
 *   alerts: liveAlerts(plan.watch.alerts),
 *   workspaceId,
 *   registryIds: { secure: registryId },
 * });
 */
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
      const names = { resource: `${name}-${role}`, rule: `${args.prefix}-${role}` };
      if (rule.kind === "query") makeQueryRule(names, alert, rule, place);
      else if (rule.kind === "event") makeEventRule(names, alert, rule, place);
      else makeMetricRule(names, alert, rule, place);
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

/** The names of a rule in Pulumi and in Azure. */
interface RuleNames {
  resource: string;
  rule: string;
}

/** What people read about a rule in its notification. */
const describe = ({ title, signal, threshold }: LiveAlert): string => `${title}: ${signal}; ${threshold}`;

/** Who is notified. */
interface ReceiversArgs {
  /** A change replaces the group. */
  name: Input<string>;
  /** Shown in messages, at most 12 characters. */
  shortName: Input<string>;
  /** Addresses that get a mail. */
  emails: readonly Input<string>[];
  /**
   * Address that is called. Always handled as a secret, since it may be all that a caller has to know.
   *
   * @default none
   */
  webhook?: Input<string>;
}

/** Makes the group of receivers that rules and budgets notify. */
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

/** Above a fixed number. */
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

/** Above what Azure has learnt to be usual; only the criteria for many resources accept such a threshold. */
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

/** A rule over a metric of one registry; none is made without the registry. */
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

/** A rule that queries the workspace once per window, and notifies when it returns too many rows. */
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
 * Events of a vault as alerts; none is made without the vault.
 * Source: Azure Event Grid, handle Key Vault events using Azure Monitor alerts: only CloudEvents are accepted.
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
