import { supportOf } from "../../../src/domain/image/ruleSupport";
import type { ControlCase } from "./controlCase";
import { withRegistry, withStage, withToken } from "./idealFacts";

/** Cases of the controls that the field's rules ask for, as those rules themselves decide. */
export const REGISTRY_CASES: readonly ControlCase[] = [
  { id: "admin-user-off", pass: {}, fail: withRegistry({ adminUserEnabled: true }) },
  { id: "anonymous-pull-off", pass: {}, fail: withRegistry({ anonymousPullEnabled: true }) },
  { id: "arm-tokens-off", pass: {}, fail: withRegistry({ armTokensAllowed: true }) },
  { id: "public-access-off", pass: {}, fail: withRegistry({ publicAccess: true }) },
  {
    id: "network-restricted",
    pass: withRegistry({ publicAccess: true, networkDefault: "deny" }),
    fail: withRegistry({ publicAccess: true, networkDefault: "allow" }),
  },
  {
    id: "network-restricted",
    pass: withRegistry({ publicAccess: false, networkDefault: "allow" }),
    fail: withRegistry({ publicAccess: true, networkDefault: "allow", sku: "Standard" }),
  },
  {
    id: "network-restricted",
    pass: withRegistry({ publicAccess: true, allowedRanges: ["203.0.113.0/24", "198.51.100.7"] }),
    fail: withRegistry({ publicAccess: true, allowedRanges: ["0.0.0.0/0"] }),
  },
  {
    id: "network-restricted",
    pass: withRegistry({ publicAccess: false, allowedRanges: ["0.0.0.0/0"] }),
    fail: withRegistry({ publicAccess: true, allowedRanges: ["0.0.0.0/1", "128.0.0.0/1"] }),
  },
  { id: "export-off", pass: {}, fail: withRegistry({ exportAllowed: true }) },
  { id: "export-off", pass: {}, fail: withRegistry({ exportAllowed: false, publicAccess: true }) },
  { id: "customer-key", pass: {}, fail: withRegistry({ customerKey: false }) },
  { id: "private-endpoint", pass: {}, fail: withRegistry({ privateEndpoints: 0 }) },
  { id: "private-dns", pass: {}, fail: withRegistry({ privateDns: false }) },
  { id: "sku-premium", pass: {}, fail: withRegistry({ sku: "Standard" }) },
  { id: "sku-not-basic", pass: withRegistry({ sku: "Standard" }), fail: withRegistry({ sku: "Basic" }) },
  { id: "tokens-off", pass: {}, fail: withToken({ enabled: true }) },
  { id: "cache-rules-none", pass: {}, fail: withRegistry({ cacheRules: ["docker-hub"] }) },
  { id: "name-valid", pass: {}, fail: withRegistry({ name: "cr-orders" }) },
  { id: "name-valid", pass: withRegistry({ name: "cror5" }), fail: withRegistry({ name: "cror" }) },
  { id: "name-valid", pass: withRegistry({ name: "c".repeat(50) }), fail: withRegistry({ name: "c".repeat(51) }) },
  { id: "name-convention", pass: {}, fail: withRegistry({ name: "ordersprod" }) },
  { id: "quarantine-on", pass: {}, fail: withRegistry({ quarantine: false }) },
  { id: "untagged-retention-on", pass: {}, fail: withRegistry({ untaggedRetentionDays: "off" }) },
  {
    id: "untagged-retention-on",
    pass: withRegistry({ untaggedRetentionDays: 0 }),
    fail: withRegistry({ untaggedRetentionDays: "off", softDeleteDays: 7 }),
  },
  {
    id: "soft-delete-on",
    pass: withRegistry({ untaggedRetentionDays: "off", replicas: [], softDeleteDays: 7 }),
    fail: withRegistry({ untaggedRetentionDays: "off", replicas: [], softDeleteDays: "off" }),
  },
  { id: "replica-elsewhere", pass: {}, fail: withRegistry({ replicas: [] }) },
  { id: "replica-elsewhere", pass: {}, fail: withRegistry({ replicas: ["West Europe"] }) },
  { id: "replica-locations", pass: {}, fail: withRegistry({ replicas: ["eastus"] }) },
  {
    id: "replica-locations",
    pass: withRegistry({ location: "West Europe", replicas: ["North Europe"] }),
    fail: withRegistry({ location: "eastus" }),
  },
  {
    id: "replica-locations",
    pass: withRegistry({ replicas: [] }),
    fail: withStage({ allowedLocations: ["westeurope"] }),
  },
  { id: "data-endpoint", pass: {}, fail: withRegistry({ dataEndpoint: false }) },
  { id: "audit-logs", pass: {}, fail: withRegistry({ logCategories: ["ContainerRegistryLoginEvents"] }) },
  { id: "audit-logs", pass: withRegistry({ logCategories: ["audit"] }), fail: withRegistry({ logCategories: [] }) },
  {
    id: "audit-logs",
    pass: withRegistry({ logCategories: ["allLogs"] }),
    fail: withRegistry({ logCategories: ["AllMetrics"] }),
  },
  { id: "webhook-https", pass: {}, fail: withRegistry({ webhooks: [{ name: "notify", secure: false }] }) },
  { id: "defender-on", pass: {}, fail: withStage({ defender: false }) },
  {
    id: "defender-on",
    pass: withRegistry({ publicAccess: true, networkDefault: "allow", trustedServices: false }),
    fail: withRegistry({ publicAccess: true, networkDefault: "deny", trustedServices: false }),
  },
  { id: "images-healthy", pass: {}, fail: withRegistry({ unhealthyImages: 1 }) },
  { id: "rules-kept", pass: {}, fail: withRegistry({ rules: supportOf("ghcr") }) },
  {
    id: "rules-kept",
    pass: {},
    fail: withStage({ alternatives: [{ name: "ghcr.io/company", class: "standard", rules: supportOf("ghcr") }] }),
  },
];
