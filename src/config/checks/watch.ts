import type { Ownable } from "../../domain/stageConfig";
import type { Stage } from "../../domain/stage";
import type { BudgetFacts, WatchFacts } from "../../domain/watchFacts";
import { showValue, type Problem } from "../problem";
import { stageFileName } from "../raw";

/** Notifications that one budget takes. Source: ARM REST, Microsoft.Consumption/budgets. */
const MAX_NOTIFICATIONS = 5;

/** Where the watch of a stage stands. */
export interface WatchContext {
  owns: readonly Ownable[];
  /** False where both registries are only named, and nothing is made. */
  holds: boolean;
  /** True where the provider's subscription is encrypted. */
  hidesSubscription: boolean;
}

function repeated(values: readonly (string | number)[]): string | number | undefined {
  return values.find((value, at) => values.indexOf(value) < at);
}

function budgetProblems(budget: BudgetFacts, watch: WatchFacts, complain: Complain): void {
  if (!budget.start.endsWith("-01")) {
    complain("budget.start", `${showValue(budget.start)} is not the first of a month`, "allowed: such as 2026-01-01");
  }
  const count = budget.thresholds.length + budget.forecast.length;
  if (count === 0 || count > MAX_NOTIFICATIONS) {
    const allowed = `allowed: 1 to ${MAX_NOTIFICATIONS} in thresholds and forecast together`;
    complain("budget.thresholds", `${count} of thresholds and forecast together`, allowed);
  }
  for (const key of ["thresholds", "forecast"] as const) {
    const twice = repeated(budget[key]);
    if (twice !== undefined) complain(`budget.${key}`, `${twice} stands twice`, "allowed: each percentage once");
  }
  if (budget.emails.length + watch.alerts.emails.length === 0 && !watch.alerts.webhook) {
    complain("budget", "tells nobody", "name somebody in budget.emails or alerts.emails, or give alertWebhook");
  }
}

type Complain = (path: string, what: string, allowed: string) => void;

/** What is watched belongs to this stage, somebody is told where money is at stake, and each is named once. */
export function checkWatch(
  stage: Stage,
  watch: WatchFacts,
  { owns, holds, hidesSubscription }: WatchContext,
): Problem[] {
  const problems: Problem[] = [];
  const complain: Complain = (path, what, allowed) =>
    problems.push({ file: stageFileName(stage), path, what, allowed });
  const { archive, alerts, budget, defender, insights } = watch;
  const twice = repeated(alerts.emails.map((email) => email.toLowerCase()));
  if (twice !== undefined) complain("alerts.emails", `${showValue(twice)} stands twice`, "allowed: each address once");
  if (budget) budgetProblems(budget, watch, complain);
  if (defender && !owns.includes("subscription")) {
    const allowed = "leave it to the stage that owns the subscription, or add subscription to owns";
    complain("defender", "is the subscription's own, and the stage does not own it", allowed);
  }
  if (holds && defender && hidesSubscription) {
    const allowed = "give azure-native:subscriptionId in plain text: the subscription's plan is taken over by its id";
    complain("defender", "its subscription is encrypted", allowed);
  }
  if (holds) return problems;
  const made = { "audit.archive": archive, budget, insights: insights || undefined, defender: defender || undefined };
  for (const [path, fact] of Object.entries(made)) {
    if (fact === undefined) continue;
    complain(path, "given, and the stage holds no registry in Azure", "leave it out");
  }
  return problems;
}
