import { SystemTopic } from "@pulumi/azure-native/eventgrid/systemTopic";
import { SystemTopicEventSubscription } from "@pulumi/azure-native/eventgrid/systemTopicEventSubscription";
import type { EventRule, LiveAlert } from "../domain/alert";
import { describe, type RuleNames, type RulePlace } from "./rulePlace";

/**
 * Events of a vault as alerts. Without a vault nothing is made.
 * Source: Azure Event Grid, handle Key Vault events using Azure Monitor alerts: CloudEvents alone are taken.
 */
export function makeEventRule(names: RuleNames, alert: LiveAlert, rule: EventRule, place: RulePlace): void {
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
      ...(tags === undefined ? {} : { tags }),
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
