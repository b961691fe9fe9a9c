import { fitName } from "./names";
import type { Stage } from "./stage";
import type { AlertFacts, BudgetFacts } from "./watchFacts";

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
export function planBudget(product: string, stage: Stage, facts: BudgetFacts, alerts: AlertFacts): BudgetPlan {
  const notices = (of: BudgetNotice["of"], percents: readonly number[]): BudgetNotice[] =>
    [...percents].sort((a, b) => a - b).map((percent) => ({ key: `${of.toLowerCase()}-${percent}`, percent, of }));
  const told = new Set(alerts.emails.map((email) => email.toLowerCase()));
  return {
    name: fitName(`budget-${product}-registry-${stage}`, 63),
    amount: facts.amount,
    start: facts.start,
    notices: [...notices("Actual", facts.thresholds), ...notices("Forecasted", facts.forecast)],
    emails: facts.emails.filter((email) => !told.has(email.toLowerCase())),
  };
}
