import { kqlText, kqlTexts, kqlTime, type SavedQuery, SCANNER_AGENTS } from "./query";

/** Which registry's log is looked at, and since when. */
export interface CoverageQuestion {
  /** ARM id of the registry. */
  registryId: string;
  from: Date;
  to: Date;
}

const COVERAGE_EXAMPLE: CoverageQuestion = {
  registryId:
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-orders-registry-dev/providers/Microsoft.ContainerRegistry/registries/ordersdevsecure",
  from: new Date("2026-01-01T00:00:00Z"),
  to: new Date("2026-01-31T00:00:00Z"),
};

/**
 * On which days the log of a registry says anything: where it begins, where it is silent, and what time it is there.
 * Source: Azure Monitor, tables ContainerRegistryRepositoryEvents and ContainerRegistryLoginEvents.
 */
export const logCoverage: SavedQuery<CoverageQuestion> = {
  name: "logCoverage",
  title: "Days on which a registry's log says anything",
  purpose: "Shows whether the log is whole: an image is deleted for inactivity only where it is.",
  text: ({ registryId, from, to } = COVERAGE_EXAMPLE) => `union withsource=Source
    ContainerRegistryRepositoryEvents,
    ContainerRegistryLoginEvents
| where TimeGenerated between (${kqlTime(from)} .. ${kqlTime(to)})
| where _ResourceId =~ ${kqlText(registryId)}
| summarize
    First = min(TimeGenerated),
    Last = max(TimeGenerated),
    FirstRepositoryEvent = minif(TimeGenerated, Source == "ContainerRegistryRepositoryEvents"),
    FirstLoginEvent = minif(TimeGenerated, Source == "ContainerRegistryLoginEvents")
    by Day = bin(TimeGenerated, 1d)
| extend Now = now()
| project Day, First, Last, FirstRepositoryEvent, FirstLoginEvent, Now
| order by Day asc`,
};

/** Which events are asked for. */
export interface ActivityQuestion {
  /** ARM id of the registry. */
  registryId: string;
  /** Path of the repository, as the registry has it. */
  repository: string;
  from: Date;
  to: Date;
  /** Identities whose pulls say nothing of use: a sweep's own, a reviewer's. Compared as a whole, without case. */
  ownIdentities: readonly string[];
}

/** Begins the user agent of every request this program makes: what it pulls, it pulls to look at. */
export const OWN_AGENT = "dual-registry";
const ACTIVITY_EXAMPLE: ActivityQuestion = {
  registryId:
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-orders-registry-dev/providers/Microsoft.ContainerRegistry/registries/ordersdevsecure",
  repository: "orders/api",
  from: new Date("2026-01-01T00:00:00Z"),
  to: new Date("2026-01-31T00:00:00Z"),
  ownIdentities: ["sweep"],
};

/**
 * Last pull and push of each digest. A pull that failed is none; one that names no digest is told with an empty one,
 * since any image may have been meant. `Rows` is in each row: fewer rows than that are a truncated answer.
 * Source: Azure Monitor, table ContainerRegistryRepositoryEvents.
 */
export const lastActivity: SavedQuery<ActivityQuestion> = {
  name: "lastActivity",
  title: "Last pull and push of each digest",
  purpose:
    "What dualreg image sweep decides inactivity by. Pulls of Defender for Cloud, of this program and of the identities given are left out.",
  text: ({ registryId, repository, from, to, ownIdentities } = ACTIVITY_EXAMPLE) => `let activity = materialize(
    ContainerRegistryRepositoryEvents
    | where TimeGenerated between (${kqlTime(from)} .. ${kqlTime(to)})
    | where _ResourceId =~ ${kqlText(registryId)}
    | where Repository =~ ${kqlText(repository)}
    | where OperationName startswith "Pull" or OperationName =~ "Push"
    | where not(ResultDescription startswith "4")
    | where OperationName =~ "Push" or not(
        UserAgent startswith ${kqlText(OWN_AGENT)}
        or UserAgent has_any ${kqlTexts(SCANNER_AGENTS)}
        or Identity in~ ${kqlTexts(ownIdentities)} and isnotempty(Identity))
    | summarize
        LastPull = maxif(TimeGenerated, OperationName startswith "Pull"),
        LastPush = maxif(TimeGenerated, OperationName =~ "Push")
        by Digest = tolower(Digest)
);
activity
| extend Rows = toscalar(activity | count)
| project Digest, LastPull, LastPush, Rows`,
};

const LOGIN_EXAMPLE: CoverageQuestion = {
  registryId:
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-orders-registry-dev/providers/Microsoft.ContainerRegistry/registries/ordersdevsecure",
  from: new Date("2026-01-01T00:00:00Z"),
  to: new Date("2026-04-01T00:00:00Z"),
};

/**
 * When each identity or token last logged in to a registry; failed logins are none.
 * Source: Azure Monitor, table ContainerRegistryLoginEvents.
 */
export const lastLogin: SavedQuery<CoverageQuestion> = {
  name: "lastLogin",
  title: "Last login of each identity and token",
  purpose: "What dualreg access review calls a token stale by.",
  text: ({ registryId, from, to } = LOGIN_EXAMPLE) => `let logins = materialize(
    ContainerRegistryLoginEvents
    | where TimeGenerated between (${kqlTime(from)} .. ${kqlTime(to)})
    | where _ResourceId =~ ${kqlText(registryId)}
    | where isnotempty(Identity) and not(ResultDescription startswith "4")
    | summarize LastLogin = max(TimeGenerated) by Identity = tolower(Identity)
);
logins
| extend Rows = toscalar(logins | count)
| project Identity, LastLogin, Rows`,
};
