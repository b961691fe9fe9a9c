import {
  type AuditQuestion,
  EXAMPLE,
  kqlTexts,
  ofRegistries,
  pullsOf,
  registryNames,
  type SavedQuery,
  withStatus,
} from "./query";

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

/**
 * Pulls by the region that served them.
 * Source: Azure Monitor, table ContainerRegistryRepositoryEvents.
 */
const pullsByRegion: SavedQuery<AuditQuestion> = {
  name: "pullsByRegion",
  title: "Pulls by region",
  purpose: "Which replica serves how much, and how long a pull takes there: whether a replica is worth its money.",
  text: (question = EXAMPLE) => `ContainerRegistryRepositoryEvents
${ofRegistries(registryNames(question))}
${pullsOf(question)}
| summarize Pulls = count(), MedianMs = percentile(todouble(DurationMs), 50) by Registry, Region, Day = bin(TimeGenerated, 1d)
| order by Day desc, Pulls desc`,
};

/**
 * Identities that logged in for the first time within seven days, as far back as the log is asked: the range chosen
 * where it runs must be longer than that, or everybody is new.
 * Source: Azure Monitor, table ContainerRegistryLoginEvents.
 */
const firstSeen: SavedQuery<AuditQuestion> = {
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

/**
 * Storage by day and its growth. The log names the metric as Azure's interface or as its portal does.
 * Source: Azure Monitor, table AzureMetrics; metric StorageUsed of Microsoft.ContainerRegistry/registries, in bytes.
 */
const storageGrowth: SavedQuery<AuditQuestion> = {
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

/** The queries that are saved in a stage's workspace and shown by its workbook, in their order there. */
export const AUDIT_QUERIES: readonly SavedQuery<AuditQuestion>[] = [
  pulls,
  secureFromStandard,
  failedLogins,
  deletes,
  firstSeen,
  pullsByRegion,
  storageGrowth,
  throttled,
];
