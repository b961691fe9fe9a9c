import { EXAMPLE, ofRegistries, registryNames, withStatus, type AuditQuestion } from "./auditScope";
import type { SavedQuery } from "./query";

/**
 * Requests that the registry answered with 429, as far as it logs them.
 * Source: Azure Monitor, tables ContainerRegistryRepositoryEvents and ContainerRegistryLoginEvents.
 */
export const throttled: SavedQuery<AuditQuestion> = {
  name: "throttled",
  title: "Throttled requests",
  purpose: "Who asks more often than the tier takes; a higher tier, or fewer pulls at once, ends it.",
  text: (question = EXAMPLE) => `union ContainerRegistryRepositoryEvents, ContainerRegistryLoginEvents
${ofRegistries(registryNames(question))}
${withStatus(429)}
| project TimeGenerated, Registry, OperationName, Repository, Identity, CallerIpAddress, UserAgent
| order by TimeGenerated desc`,
};
