import { EXAMPLE, ofRegistries, pullsOf, registryNames, type AuditQuestion } from "./auditScope";
import type { SavedQuery } from "./query";

/**
 * Pulls by the region that served them.
 * Source: Azure Monitor, table ContainerRegistryRepositoryEvents.
 */
export const pullsByRegion: SavedQuery<AuditQuestion> = {
  name: "pullsByRegion",
  title: "Pulls by region",
  purpose: "Which replica serves how much, and how long a pull takes there: whether a replica is worth its money.",
  text: (question = EXAMPLE) => `ContainerRegistryRepositoryEvents
${ofRegistries(registryNames(question))}
${pullsOf(question)}
| summarize Pulls = count(), MedianMs = percentile(todouble(DurationMs), 50) by Registry, Region, Day = bin(TimeGenerated, 1d)
| order by Day desc, Pulls desc`,
};
