import { EXAMPLE, ofRegistries, registryNames, type AuditQuestion } from "./auditScope";
import type { SavedQuery } from "./query";

/**
 * Identities that logged in for the first time within seven days, as far back as the log is asked: the range chosen
 * where it runs must be longer than that, or everybody is new.
 * Source: Azure Monitor, table ContainerRegistryLoginEvents.
 */
export const firstSeen: SavedQuery<AuditQuestion> = {
  name: "firstSeen",
  title: "Identities seen first",
  purpose: "Who logged in within the last seven days and never before; compare it with the access matrix.",
  text: (question = EXAMPLE) => `ContainerRegistryLoginEvents
${ofRegistries(registryNames(question))}
| where isnotempty(Identity) and ResultDescription == "200"
| summarize First = min(TimeGenerated), Logins = count(), Addresses = make_set(CallerIpAddress, 20)
    by Registry, Identity
| where First > ago(7d)
| order by First desc`,
};
