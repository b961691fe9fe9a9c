import { DEFAULT_THRESHOLDS, type WatchFacts } from "../domain/watchFacts";
import type { KeyReader } from "./parse";
import { STAGE } from "./stageSchema";

/** The part of `audit` that is not about the workspace. */
type AuditKey = { retentionDays: number } & Partial<Pick<WatchFacts, "archive" | "scanners">>;

/** What a stage's file says of its audit, once `audit` itself is decoded. */
export function readWatch(reader: KeyReader, audit: AuditKey): WatchFacts {
  const alerts = reader.optional("alerts", STAGE.alerts) ?? { emails: [], thresholds: DEFAULT_THRESHOLDS };
  return {
    archive: audit.archive,
    scanners: audit.scanners ?? [],
    alerts: { ...alerts, webhook: reader.has("alertWebhook") },
    budget: reader.optional("budget", STAGE.budget),
    insights: reader.optional("insights", STAGE.insights) ?? false,
    defender: reader.optional("defender", STAGE.defender) ?? false,
  };
}
