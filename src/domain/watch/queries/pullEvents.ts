import { type CoverageQuestion, OWN_AGENT } from "./activity";
import { kqlText, kqlTexts, kqlTime, type SavedQuery, SCANNER_AGENTS } from "./query";

const EXAMPLE: CoverageQuestion = {
  registryId:
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-orders-registry-qa/providers/Microsoft.ContainerRegistry/registries/ordersqasecure",
  from: new Date("2026-01-01T00:00:00Z"),
  to: new Date("2026-01-02T00:00:00Z"),
};

/**
 * Each pull that succeeded, one by one, without those of scanners and of this program. `Rows` is in each row: fewer rows than that are a
 * truncated answer. Source: Azure Monitor, table ContainerRegistryRepositoryEvents.
 */
export const pullEvents: SavedQuery<CoverageQuestion> = {
  name: "pullEvents",
  title: "Each pull, one by one",
  purpose: "What dualreg pulls reconcile joins with the application's own log.",
  text: ({ registryId, from, to } = EXAMPLE) => `let events = materialize(
    ContainerRegistryRepositoryEvents
    | where TimeGenerated between (${kqlTime(from)} .. ${kqlTime(to)})
    | where _ResourceId =~ ${kqlText(registryId)}
    | where OperationName startswith "Pull"
    | where not(ResultDescription startswith "4" or ResultDescription startswith "5")
    | where not(UserAgent startswith ${kqlText(OWN_AGENT)})
    | where not(UserAgent has_any ${kqlTexts(SCANNER_AGENTS)})
);
events
| extend Rows = toscalar(events | count)
| project TimeGenerated, Repository, Digest, Identity, CorrelationId, Rows`,
};
