import { EXAMPLE, ofRegistries, pullsOf, type AuditQuestion } from "./auditScope";
import { kqlTexts, type SavedQuery } from "./query";

/**
 * Pulls of a secure image from the standard registry, by the product's map of images. A row means that somebody put a
 * secure image where it does not belong, or asks for it there.
 * Source: Azure Monitor, table ContainerRegistryRepositoryEvents.
 */
export const secureFromStandard: SavedQuery<AuditQuestion> = {
  name: "secureFromStandard",
  title: "Pulls of a secure image from the standard registry",
  purpose: "No row is right: a secure image is pulled from the secure registry alone.",
  text: (question = EXAMPLE) => `ContainerRegistryRepositoryEvents
${ofRegistries([question.registries.standard?.toLowerCase() ?? ""])}
${pullsOf(question)}
| where Repository in~ ${kqlTexts(question.secureRepositories)}
| project TimeGenerated, Registry, Repository, Tag, Digest, Identity, CallerIpAddress, UserAgent, ResultDescription
| order by TimeGenerated desc`,
};
