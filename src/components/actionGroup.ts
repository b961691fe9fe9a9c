import { secret, type Input, type Resource } from "@pulumi/pulumi";
import { ActionGroup } from "@pulumi/azure-native/monitor/actionGroup";

/** Who is told. */
export interface ReceiversArgs {
  /** A change replaces the group. */
  name: Input<string>;
  /** At most 12 characters. */
  shortName: Input<string>;
  emails: readonly Input<string>[];
  /** Address that is called; handled as secret whatever is given, since it may be all that is asked of a caller. */
  webhook?: Input<string>;
}

/** Makes the group of receivers that rules and budgets tell. */
export function makeActionGroup(
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
