import { EXAMPLE, ofRegistries, registryNames, type AuditQuestion } from "./auditScope";
import type { SavedQuery } from "./query";

/**
 * Logins that were refused. The status of a login stands in ResultDescription.
 * Source: Azure Monitor, table ContainerRegistryLoginEvents; Monitor Azure Container Registry, authentication failures.
 */
export const failedLogins: SavedQuery<AuditQuestion> = {
  name: "failedLogins",
  title: "Failed logins",
  purpose: "Who was refused, from where, and how often; many from one address are a guess at passwords.",
  text: (question = EXAMPLE) => `ContainerRegistryLoginEvents
${ofRegistries(registryNames(question))}
| where ResultDescription != "200"
| project TimeGenerated, Registry, Identity, CallerIpAddress, UserAgent, ResultDescription
| order by TimeGenerated desc`,
};
