import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import type { LiveAlert } from "../domain/alert";
import type { ImageClass } from "../domain/imageClass";
import { makeActionGroup, type ReceiversArgs } from "./actionGroup";
import { makeEventRule } from "./eventRule";
import { makeMetricRule } from "./metricRule";
import { PACKAGE } from "./names";
import { makeQueryRule } from "./queryRule";
import type { RulePlace } from "./rulePlace";

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
    const place = { resourceGroupName, ...(tags === undefined ? {} : { tags }) };
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
