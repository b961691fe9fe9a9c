import { fitName } from "../plan/names";
import type { Stage } from "../stage";
import type { AlertsConfig } from "./alertPlan";

/** What a stage may cost in a month. */
export interface BudgetConfig {
  /** In the currency of the subscription's bill. */
  amount: number;
  /** First day of a month, `2026-01-01`; a fact of the file, so that no plan depends on the day it is made. */
  start: string;
  /** Percent of the amount that is spent. */
  thresholds: readonly number[];
  /** Percent of the amount that will be spent, as Azure reckons. */
  forecast: readonly number[];
  /** Who is told beside those whom alerts tell. */
  emails: readonly string[];
}

/**
 * The earliest start that Azure takes. Source: Azure REST API, Consumption, Budgets - Create Or Update (timePeriod): on or
 * after June 1, 2017, at most twelve months ahead, and a start in the past within the period that runs.
 */
export const FIRST_BUDGET_START = "2017-06-01";

/** What Azure says of a start on some day: a budget begins in the month that runs, or in one of the next twelve. */
export type BudgetStart = "past" | "allowed" | "far";

/** Whether Azure makes a budget with that start on that day; one that it has keeps its start whatever the day. */
export function judgeBudgetStart(start: string, today: Date): BudgetStart {
  const [year = 0, month = 0] = start.split("-").map(Number);
  const ahead = (year - today.getUTCFullYear()) * 12 + (month - 1 - today.getUTCMonth());
  return ahead < 0 ? "past" : ahead > 12 ? "far" : "allowed";
}

/** One message of a budget. */
export interface BudgetNotice {
  /** Unique in the budget. */
  key: string;
  percent: number;
  /** Whether so much is spent, or will be by the month's end. */
  of: "Actual" | "Forecasted";
}

/** A month's budget for a stage's resource group; registries taken over stand in groups of their own. */
export interface BudgetPlan {
  name: string;
  amount: number;
  /** First day of a month. A change replaces the budget's period. */
  start: string;
  notices: readonly BudgetNotice[];
  /** Told beside the receivers of alerts. */
  emails: readonly string[];
}

/** The budget of a stage. Those whom alerts tell are told by their action group. */
export function planBudget(product: string, stage: Stage, budget: BudgetConfig, alerts: AlertsConfig): BudgetPlan {
  const notices = (of: BudgetNotice["of"], percents: readonly number[]): BudgetNotice[] =>
    [...percents].sort((a, b) => a - b).map((percent) => ({ key: `${of.toLowerCase()}-${percent}`, percent, of }));
  const notified = new Set(alerts.emails.map((email) => email.toLowerCase()));
  return {
    name: fitName(`budget-${product}-registry-${stage}`, 63),
    amount: budget.amount,
    start: budget.start,
    notices: [...notices("Actual", budget.thresholds), ...notices("Forecasted", budget.forecast)],
    emails: budget.emails.filter((email) => !notified.has(email.toLowerCase())),
  };
}
