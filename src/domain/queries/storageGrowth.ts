import { EXAMPLE, ofRegistries, registryNames, type AuditQuestion } from "./auditScope";
import type { SavedQuery } from "./query";

/**
 * Storage by day and its growth. The log names the metric as Azure's interface or as its portal does.
 * Source: Azure Monitor, table AzureMetrics; metric StorageUsed of Microsoft.ContainerRegistry/registries, in bytes.
 */
export const storageGrowth: SavedQuery<AuditQuestion> = {
  name: "storageGrowth",
  title: "Storage growth",
  purpose: "GiB that each registry holds by day, and how many came since the day before: what will be paid for.",
  text: (question = EXAMPLE) => `AzureMetrics
${ofRegistries(registryNames(question))}
| where MetricName in ("StorageUsed", "Storage used")
| summarize GiB = max(Average) / exp2(30) by Registry, Day = bin(TimeGenerated, 1d)
| sort by Registry asc, Day asc
| extend Growth = iff(Registry == prev(Registry), GiB - prev(GiB), real(null))`,
};
