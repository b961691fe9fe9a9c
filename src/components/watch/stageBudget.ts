import { Budget } from "@pulumi/azure-native/consumption/budget";
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate } from "@pulumi/pulumi";
import { PACKAGE } from "../options";
import type { BudgetNotice } from "../../domain/watch/budget";

/** What a scope may cost in a month, and who is notified. */
export interface StageBudgetArgs {
  /** ARM id of a resource group or a subscription. A change replaces the budget. */
  scope: Input<string>;
  /** A change replaces the budget. */
  name: Input<string>;
  /** Per month, in the currency of the bill. A change replaces nothing. */
  amount: Input<number>;
  /** First day of a month, `2026-01-01`. A change replaces the budget. */
  start: Input<string>;
  /** The thresholds, one to five. */
  notices: readonly BudgetNotice[];
  /** Addresses that are notified. */
  emails: readonly Input<string>[];
  /**
   * ARM ids of action groups that are notified too.
   *
   * @default none
   */
  groupIds?: readonly Input<string>[];
}

/**
 * A monthly budget with a notification at each threshold, of what is spent or of what is forecast.
 *
 * @example
 * new StageBudget("orders-budget", {
 *   scope: group.id,
 *   name: "budget-orders-qa",
 *   amount: 100,
 *   start: "2026-01-01",
 *   notices: [{ key: "actual-80", percent: 80, of: "Actual" }],
 *   emails: ["finance@example.com"],
 * });
 */
export class StageBudget extends ComponentResource {
  constructor(name: string, args: StageBudgetArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:StageBudget`, name, undefined, options);
    const contacts = { contactEmails: [...args.emails], contactGroups: [...(args.groupIds ?? [])] };
    const notification = ({ percent, of }: BudgetNotice) => ({
      enabled: true,
      operator: "GreaterThanOrEqualTo",
      threshold: percent,
      thresholdType: of,
      ...contacts,
    });
    new Budget(
      `${name}-budget`,
      {
        budgetName: args.name,
        scope: args.scope,
        category: "Cost",
        amount: args.amount,
        timeGrain: "Monthly",
        timePeriod: { startDate: interpolate`${args.start}T00:00:00Z` },
        notifications: Object.fromEntries(args.notices.map((notice) => [notice.key, notification(notice)] as const)),
      },
      // Azure changes no start, and the name is taken until the budget is gone.
      { parent: this, replaceOnChanges: ["timePeriod.startDate"], deleteBeforeReplace: true },
    );
    this.registerOutputs({});
  }
}
