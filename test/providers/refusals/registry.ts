import { AZURE } from "../../support/providers/azureTypes";
import type { Value } from "../../support/providers/values";
import type { Refusal } from "./refusal";

const standard = (over: Record<string, Value>) => ({ sku: { name: "Standard" }, ...over });
const policies = (name: string, value: Record<string, Value>) => ({ policies: { [name]: value } });
const reads = (count: number) => Array.from({ length: count }, (_, i) => `repositories/r${i}/content/read`);

/** What a registry alone decides. */
export const REGISTRY: readonly Refusal[] = [
  {
    title: "the Classic SKU",
    type: AZURE.registry,
    over: { sku: { name: "Classic" } },
    says: /makes none any more/,
    late: true,
  },
  {
    title: "anonymous pull with Basic",
    type: AZURE.registry,
    over: { sku: { name: "Basic" }, anonymousPullEnabled: true },
    says: /no anonymous pull/,
    late: true,
  },
  {
    title: "a retention policy below Premium",
    type: AZURE.registry,
    over: standard(policies("retentionPolicy", { days: 7, status: "enabled" })),
    says: /'policies\.retentionPolicy\.status' is for Premium only/,
    late: true,
  },
  {
    title: "network rules below Premium",
    type: AZURE.registry,
    over: standard({ networkRuleSet: { defaultAction: "Deny" } }),
    says: /defaultAction' is for Premium only/,
    late: true,
  },
  {
    title: "IP rules below Premium",
    type: AZURE.registry,
    over: standard({ networkRuleSet: { defaultAction: "Allow", ipRules: [{ iPAddressOrRange: "203.0.113.7" }] } }),
    says: /ipRules' is for Premium only/,
    late: true,
  },
  {
    title: "a data endpoint below Premium",
    type: AZURE.registry,
    over: standard({ dataEndpointEnabled: true }),
    says: /'dataEndpointEnabled' is for Premium only/,
    late: true,
  },
  {
    title: "an export policy below Premium",
    type: AZURE.registry,
    over: standard(policies("exportPolicy", { status: "disabled" })),
    says: /exportPolicy\.status' is for Premium only/,
    late: true,
  },
  {
    title: "no public access below Premium",
    type: AZURE.registry,
    over: standard({ publicNetworkAccess: "Disabled" }),
    says: /'publicNetworkAccess' is for Premium only/,
    late: true,
  },
  {
    title: "zone redundancy below Premium",
    type: AZURE.registry,
    over: standard({ zoneRedundancy: "Enabled" }),
    says: /'zoneRedundancy' is for Premium only/,
    late: true,
  },
  {
    title: "a key of one's own below Premium",
    type: AZURE.registry,
    over: standard({ encryption: { status: "enabled" } }),
    says: /'encryption\.status' is for Premium only/,
    late: true,
  },
  {
    title: "quarantine below Premium",
    type: AZURE.registry,
    over: standard(policies("quarantinePolicy", { status: "enabled" })),
    says: /quarantinePolicy\.status' is for Premium/,
    late: true,
  },
  {
    title: "content trust below Premium",
    type: AZURE.registry,
    over: standard(policies("trustPolicy", { status: "enabled" })),
    says: /trustPolicy\.status' is for Premium/,
    late: true,
  },
  {
    title: "retention beside soft delete",
    type: AZURE.registry,
    over: {
      policies: {
        retentionPolicy: { days: 7, status: "enabled" },
        softDeletePolicy: { retentionDays: 7, status: "enabled" },
      },
    },
    says: /one or the other/,
    late: true,
  },
  {
    title: "no export with public access",
    type: AZURE.registry,
    over: policies("exportPolicy", { status: "disabled" }),
    says: /needs publicNetworkAccess Disabled/,
    late: true,
  },
  {
    title: "a year and a day of retention",
    type: AZURE.registry,
    over: policies("retentionPolicy", { days: 366, status: "enabled" }),
    says: /'policies\.retentionPolicy\.days' is 366: at most 365/,
    late: true,
  },
  {
    title: "91 days of soft delete",
    type: AZURE.registry,
    over: policies("softDeletePolicy", { retentionDays: 91, status: "enabled" }),
    says: /at most 90/,
    late: true,
  },
  {
    title: "201 IP rules",
    type: AZURE.registry,
    over: {
      networkRuleSet: {
        defaultAction: "Deny",
        ipRules: reads(201).map((_, i) => ({ iPAddressOrRange: `203.0.113.${i}` })),
      },
    },
    says: /has 201 entries: at most 200/,
    late: true,
  },
];
