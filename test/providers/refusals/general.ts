import { AZURE } from "../../support/providers/azureTypes";
import type { Refusal } from "./refusal";

const reads = (count: number) => Array.from({ length: count }, (_, i) => `repositories/r${i}/content/read`);

/** Words, kinds and names: of any type. */
export const GENERAL: readonly Refusal[] = [
  {
    title: "a property that does not exist",
    type: AZURE.registry,
    over: { roleAssignmentMode: "x" },
    says: /'roleAssignmentMode' is no property.*drops it silently/,
  },
  {
    title: "a nested property that does not exist",
    type: AZURE.registry,
    over: { sku: { name: "Premium", tier: "x" } },
    says: /'sku\.tier' is no property/,
  },
  {
    title: "a word that is not in the list",
    type: AZURE.registry,
    over: { publicNetworkAccess: "enabled" },
    says: /'publicNetworkAccess' is "enabled": one of Enabled, Disabled/,
    late: true,
  },
  {
    title: "a missing property",
    type: AZURE.registry,
    over: { sku: undefined },
    says: /'sku' is missing and required/,
  },
  {
    title: "a missing nested property",
    type: AZURE.registry,
    over: { networkRuleSet: {} },
    says: /'networkRuleSet\.defaultAction' is missing/,
  },
  {
    title: "a missing region without a default",
    type: AZURE.group,
    over: { location: undefined },
    says: /'location' is missing/,
  },
  {
    title: "a boolean where text is wanted",
    type: AZURE.registry,
    over: { publicNetworkAccess: true },
    says: /takes string and got boolean/,
    late: true,
  },
  {
    title: "text where a boolean is wanted",
    type: AZURE.registry,
    over: { adminUserEnabled: "false" },
    says: /takes boolean and got string/,
  },
  {
    title: "a fraction where a whole number is wanted",
    type: AZURE.workspace,
    over: { retentionInDays: 30.5 },
    says: /whole number/,
  },
  {
    title: "a list where text is wanted",
    type: AZURE.token,
    over: { status: ["enabled"] },
    says: /takes string and got array/,
  },
  {
    title: "a hyphen in a registry's name",
    type: AZURE.registry,
    over: { registryName: "orders-qa" },
    says: /'registryName' is "orders-qa": it must match/,
  },
  { title: "a short registry name", type: AZURE.registry, over: { registryName: "acr" }, says: /at least 5/ },
  { title: "a long registry name", type: AZURE.registry, over: { registryName: "r".repeat(51) }, says: /at most 50/ },
  { title: "a short token name", type: AZURE.token, over: { tokenName: "shop" }, says: /at least 5/ },
  { title: "an underscore in a token's name", type: AZURE.token, over: { tokenName: "shop_pull" }, says: /must match/ },
  {
    title: "a hyphen at the end of a workspace's name",
    type: AZURE.workspace,
    over: { workspaceName: "log-orders-" },
    says: /must match/,
  },
  { title: "a slash in a group's name", type: AZURE.group, over: { resourceGroupName: "rg/x" }, says: /must match/ },
  {
    title: "too many tags",
    type: AZURE.group,
    over: { tags: Object.fromEntries(reads(51).map((tag) => [tag, "x"])) },
    says: /has 51 entries: at most 50/,
    late: true,
  },
  {
    title: "a tag that is no text",
    type: AZURE.group,
    over: { tags: { count: 1 } },
    says: /'tags\.count' takes string and got number/,
  },
  {
    title: "a long tag value",
    type: AZURE.group,
    over: { tags: { note: "x".repeat(257) } },
    says: /at most 256/,
    late: true,
  },
  {
    title: "a long tag name",
    type: AZURE.group,
    over: { tags: { ["x".repeat(513)]: "x" } },
    says: /key of 513/,
    late: true,
  },
];
