import { kqlText, kqlTime, type SavedQuery } from "./query";

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
