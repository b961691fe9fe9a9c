import type { Input } from "@pulumi/pulumi";
import { LOG_CATEGORIES, METRIC_CATEGORIES } from "../domain/diagnostics";
import type { StagePlan } from "../domain/plan";
import type { LoggingOutput } from "./stageOutputs";

/** What only the cloud knows of a stage's log and of what watches it. */
export interface LoggingAnswers {
  workspaceId?: Input<string>;
  archiveId?: Input<string>;
  workbookId?: Input<string>;
  receiversId?: Input<string>;
  insightsId?: Input<string>;
}

/** The log of a stage, what keeps it, what asks it and who is told. */
export function loggingOutput(
  { audit, watch }: StagePlan,
  answers: LoggingAnswers,
): Record<keyof LoggingOutput, unknown> {
  const { archiveId, receiversId, ...ids } = answers;
  const { archive, views, alerts, budget, defender, scanners = [] } = watch ?? {};
  const output: { [Key in keyof LoggingOutput]: unknown } = {
    ...ids,
    categories: audit === undefined ? [] : [...LOG_CATEGORIES, ...METRIC_CATEGORIES],
    ...(archive && archiveId !== undefined
      ? { archive: { accountId: archiveId, years: archive.years, days: archive.days, notes: archive.notes } }
      : {}),
    ...(views ? { queries: views.queries.map(({ name, title }) => ({ name, title, saved: views.saved })) } : {}),
    ...(scanners.length === 0 ? {} : { scanners }),
    ...(receiversId === undefined ? {} : { receiversId }),
    ...(alerts ? { alerts: alerts.alerts.map(alertOutput) } : {}),
    ...(budget ? { budget: { amount: budget.amount, start: budget.start, notices: budget.notices } } : {}),
    ...(defender === undefined ? {} : { defender }),
  };
  return output as Record<keyof LoggingOutput, unknown>;
}

type Alert = NonNullable<StagePlan["watch"]>["alerts"]["alerts"][number];

function alertOutput(alert: Alert): NonNullable<LoggingOutput["alerts"]>[number] {
  const { name, title } = alert;
  if (alert.state !== "on") return { name, title, state: alert.state, because: alert.because };
  const { signal, threshold, limits } = alert;
  return { name, title, state: "on", signal, threshold, ...(limits === undefined ? {} : { limits }) };
}
