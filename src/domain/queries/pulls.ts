import { EXAMPLE, ofRegistries, pullsOf, registryNames, type AuditQuestion } from "./auditScope";
import type { SavedQuery } from "./query";

/**
 * Who pulled what from where.
 * Source: Azure Monitor, table ContainerRegistryRepositoryEvents.
 */
export const pulls: SavedQuery<AuditQuestion> = {
  name: "pulls",
  title: "Who pulled what from where",
  purpose:
    "Each pull with identity, address, repository, tag and digest; a consumer's own log is compared with it by digest.",
  text: (question = EXAMPLE) => `ContainerRegistryRepositoryEvents
${ofRegistries(registryNames(question))}
${pullsOf(question)}
| summarize Pulls = count(), First = min(TimeGenerated), Last = max(TimeGenerated)
    by Registry, LoginServer, Repository, Tag, Digest, Identity, CallerIpAddress, UserAgent
| order by Last desc`,
};
