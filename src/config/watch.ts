import { z } from "zod";
import { closed, orForm, text, whole, yamlDay } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import type { Ownable } from "../domain/plan/stageConfig";
import type { Stage } from "../domain/stage";
import type { AlertsConfig } from "../domain/watch/alertPlan";
import { DEFAULT_THRESHOLDS, SENSITIVITIES } from "../domain/watch/alertPlan";
import type { ArchiveConfig } from "../domain/watch/archive";
import { REDUNDANCIES } from "../domain/watch/archive";
import { type AuditConfig, WORKSPACE_ARM_KIND, WORKSPACE_RETENTION } from "../domain/watch/audit";
import { type BudgetConfig, FIRST_BUDGET_START } from "../domain/watch/budget";
import type { WatchConfig } from "../domain/watch/planWatch";
import { stageFileName } from "../project";
import { armId } from "./forms";
import type { KeyReader } from "./keyReader";

const email = text(
  /^(?=.{3,254}$)[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/,
  "an e-mail address, such as operations@example.com",
);
const percent = whole(1, 1000);

/** Years are kept as days of leap years, and Azure takes 146,000 days at most. */
const archive = closed(
  {
    years: whole(1, 100),
    name: text(/^[a-z0-9]{3,24}$/, "3 to 24 lower-case letters and digits").optional(),
    redundancy: z.enum(REDUNDANCIES).default("GRS"),
  },
  "{ years: 7 }",
) satisfies z.ZodType<ArchiveConfig>;

/** Identities as the log writes them. */
const scanners = z
  .array(text(/^[\x21-\x7e]{1,256}$/, "an identity as the log writes it, without spaces"))
  .max(50)
  .default([]);

/** The log of the stage's registries: where it goes, how long it stays, what keeps it unchangeable. */
export const audit = closed(
  {
    workspaceId: armId(WORKSPACE_ARM_KIND).optional(),
    retentionDays: whole(WORKSPACE_RETENTION.min, WORKSPACE_RETENTION.max).default(WORKSPACE_RETENTION.default),
    archive: archive.optional(),
    scanners,
  },
  "{ retentionDays: 90 }",
) satisfies z.ZodType<AuditConfig & Pick<WatchConfig, "archive" | "scanners">>;

/** Whom alerts notify, and from where on. */
export const alerts = closed(
  {
    emails: z.array(email, orForm("a list, such as [operations@example.com]")).max(50).default([]),
    thresholds: closed(
      {
        failedLogins: whole(0, 100_000).default(DEFAULT_THRESHOLDS.failedLogins),
        throttled: whole(0, 100_000).default(DEFAULT_THRESHOLDS.throttled),
        storagePercent: whole(1, 100).default(DEFAULT_THRESHOLDS.storagePercent),
        pulls: z.enum(SENSITIVITIES).default(DEFAULT_THRESHOLDS.pulls),
      },
      "{ failedLogins: 10, storagePercent: 80 }",
    ).default(DEFAULT_THRESHOLDS),
  },
  "{ emails: [operations@example.com] }",
) satisfies z.ZodType<Omit<AlertsConfig, "webhook">>;

/** A key of its own is handed over as text, whatever it is in the file. */
export const flag = z.preprocess((value) => (value === "true" ? true : value === "false" ? false : value), z.boolean());

/** What the stage may cost in a month. */
export const budget = closed(
  {
    amount: whole(1, 1_000_000_000),
    start: yamlDay,
    thresholds: z.array(percent, orForm("a list, such as [80, 100]")).default([80, 100]),
    forecast: z.array(percent, orForm("a list, such as [80, 100]")).default([100]),
    emails: z.array(email, orForm("a list, such as [operations@example.com]")).max(50).default([]),
  },
  '{ amount: 250, start: "2026-01-01" }',
) satisfies z.ZodType<BudgetConfig>;

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

function budgetProblems(budget: BudgetConfig, watch: WatchConfig, complain: Complain): void {
  if (!budget.start.endsWith("-01")) {
    complain("budget.start", `${quotedValue(budget.start)} is not the first of a month`, "allowed: such as 2026-01-01");
  }
  if (budget.start < FIRST_BUDGET_START) {
    const allowed = `allowed: the first of a month, ${FIRST_BUDGET_START} or later`;
    complain("budget.start", `${quotedValue(budget.start)} is before Azure had budgets`, allowed);
  }
  const count = budget.thresholds.length + budget.forecast.length;
  if (count === 0 || count > MAX_NOTIFICATIONS) {
    const allowed = `allowed: 1 to ${MAX_NOTIFICATIONS} in thresholds and forecast together`;
    complain("budget.thresholds", `${count} of thresholds and forecast together`, allowed);
  }
  for (const key of ["thresholds", "forecast"] as const) {
    const twice = repeated(budget[key]);
    if (twice !== undefined) complain(`budget.${key}`, `${twice} is listed twice`, "allowed: each percentage once");
  }
  if (budget.emails.length + watch.alerts.emails.length === 0 && !watch.alerts.webhook) {
    complain("budget", "notifies nobody", "name somebody in budget.emails or alerts.emails, or give alertWebhook", [
      "alerts.emails",
      "alertWebhook",
    ]);
  }
}

/** `paths` are those whose silence it follows from. */
type Complain = (path: string, what: string, allowed: string, paths?: readonly string[]) => void;

/** What is watched belongs to this stage, somebody is told where money is at stake, and each is named once. */
export function checkWatch(
  stage: Stage,
  watch: WatchConfig,
  { owns, holds, hidesSubscription }: WatchContext,
): Problem[] {
  const problems: Problem[] = [];
  const complain: Complain = (path, what, allowed, paths) =>
    problems.push({ file: stageFileName(stage), path, what, allowed, ...(paths && { from: { paths } }) });
  const { archive, alerts, budget, defender, insights } = watch;
  const twice = repeated(alerts.emails.map((email) => email.toLowerCase()));
  if (twice !== undefined)
    complain("alerts.emails", `${quotedValue(twice)} is listed twice`, "allowed: each address once");
  if (budget) budgetProblems(budget, watch, complain);
  if (defender && !owns.includes("subscription")) {
    const allowed = "leave it to the stage that owns the subscription, or add subscription to owns";
    complain("defender", "is the subscription's own, and the stage does not own it", allowed, ["owns"]);
  }
  if (holds && defender && hidesSubscription) {
    const allowed = "give azure-native:subscriptionId in plain text: the subscription's plan is taken over by its id";
    complain("defender", "its subscription is encrypted", allowed);
  }
  if (holds) return problems;
  const made = { "audit.archive": archive, budget, insights: insights || undefined, defender: defender || undefined };
  for (const [path, value] of Object.entries(made)) {
    if (value === undefined) continue;
    complain(path, "given, and the stage holds no registry in Azure", "leave it out");
  }
  return problems;
}

/** The part of `audit` that is not about the workspace. */
type AuditKey = { retentionDays: number } & Partial<Pick<WatchConfig, "archive" | "scanners">>;

/** What a stage's file says of its audit, once `audit` itself is decoded. */
export function readWatch(reader: KeyReader, audit: AuditKey): WatchConfig {
  const receivers = reader.optional("alerts", alerts) ?? { emails: [], thresholds: DEFAULT_THRESHOLDS };
  return {
    archive: audit.archive,
    scanners: audit.scanners ?? [],
    alerts: { ...receivers, webhook: reader.has("alertWebhook") },
    budget: reader.optional("budget", budget),
    insights: reader.optional("insights", flag) ?? false,
    defender: reader.optional("defender", flag) ?? false,
  };
}
