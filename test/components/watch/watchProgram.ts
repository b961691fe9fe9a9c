/** Alerts that the program below switches on. */
export const TOLD_OF = [
  "failed-logins",
  "unusual-pulls",
  "secure-from-standard",
  "delete-in-prod",
  "secret-near-expiry",
  "throttling",
  "storage-near-limit",
] as const;

/** Everything that watches a stage, twice in one program: with all that can be said, and with the least. */
export const WATCH_PROGRAM = `
import { AlertRules } from "./src/components/watch/alertRules";
import { AuditArchive } from "./src/components/watch/auditLog";
import { AuditViews } from "./src/components/watch/auditViews";
import { StageBudget } from "./src/components/watch/stageBudget";
import { StageInsights } from "./src/components/watch/stageInsights";
import { DEFAULT_THRESHOLDS, liveAlerts } from "./src/domain/watch/alertPlan";
import { planAlerts } from "./src/domain/watch/alerts";
import { planViews } from "./src/domain/watch/views";

const id = (type: string, name: string) =>
  "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/" + type + "/" + name;
const workspaceId = id("Microsoft.OperationalInsights/workspaces", "log");
const registryId = id("Microsoft.ContainerRegistry/registries", "ordersprodsecure");
const place = { resourceGroupName: "rg", location: "westeurope" };
const question = {
  registries: { secure: "ordersprodsecure", standard: "ordersprodstandard" },
  secureRepositories: ["orders/api"],
  scanners: [],
};
const alerts = liveAlerts(planAlerts({
  product: "orders", stage: "prod", place: "last", question, thresholds: DEFAULT_THRESHOLDS,
  skus: [["secure", "Premium"]], emails: ["operations@example.com"], webhook: true, vault: "create",
}));

new AuditArchive("all-archive", {
  ...place, accountName: "ordersprodaudit", redundancy: "ZRS", days: 2562, containers: ["logs-a", "logs-b"],
  protect: false, tags: { stage: "prod" },
});
new AuditArchive("least-archive", { ...place, accountName: "ordersqaaudit", days: 366, containers: ["logs-a"] });
new AlertRules("all-alerts", {
  ...place, prefix: "orders-prod", alerts, workspaceId, registryIds: { secure: registryId },
  vaultId: id("Microsoft.KeyVault/vaults", "kv"),
  receivers: { name: "ag", shortName: "images-prod", emails: ["operations@example.com"], webhook: "https://example.com/planted" },
});
new AlertRules("least-alerts", {
  ...place, prefix: "orders-qa", alerts, workspaceId, registryIds: {},
  receivers: { name: "ag-qa", shortName: "images-qa", emails: [] },
});
const views = { ...place, workspaceId, ...planViews("orders", "prod", question, true) };
const workbook = { guid: "11111111-1111-5111-8111-111111111111", title: "Registries" };
new AuditViews("all-views", { ...views, workbook, workspaceName: "log" });
new AuditViews("least-views", views);
new StageBudget("all-budget", {
  scope: "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg", name: "budget", amount: 100,
  start: "2026-01-01", emails: ["finance@example.com"], groupIds: [],
  notices: [{ key: "actual-80", percent: 80, of: "Actual" }, { key: "forecasted-100", percent: 100, of: "Forecasted" }],
});
new StageInsights("all-insights", {
  ...place, workspaceId, insights: "appi", defenderScope: "subscriptions/00000000-0000-0000-0000-000000000001",
});
`;
