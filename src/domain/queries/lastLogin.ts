import { kqlText, kqlTime, type SavedQuery } from "./query";
import type { CoverageQuestion } from "./logCoverage";

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
