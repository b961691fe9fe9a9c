import { EXAMPLE, ofRegistries, registryNames, type AuditQuestion } from "./auditScope";
import type { SavedQuery } from "./query";

/**
 * What was deleted, untagged or purged, and by whom. Purges are logged only where the registry has a retention policy.
 * Source: Azure Monitor, table ContainerRegistryRepositoryEvents.
 */
export const deletes: SavedQuery<AuditQuestion> = {
  name: "deletes",
  title: "Deletes",
  purpose: "What was deleted or lost its tag, and who did it.",
  text: (question = EXAMPLE) => `ContainerRegistryRepositoryEvents
${ofRegistries(registryNames(question))}
| where OperationName contains "Delete" or OperationName contains "Untag" or OperationName contains "Purge"
| project TimeGenerated, Registry, OperationName, Repository, Tag, Digest, Identity, CallerIpAddress, ResultDescription
| order by TimeGenerated desc`,
};
