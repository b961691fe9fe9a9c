import { AZURE } from "../../support/providers/azureTypes";
import { REGISTRY_ID } from "../../support/providers/samples";
import { secretOf } from "../../support/providers/values";
import type { Refusal } from "./refusal";

const reads = (count: number) => Array.from({ length: count }, (_, i) => `repositories/r${i}/content/read`);

/** What lives in a registry or beside it. */
export const BESIDE_REGISTRY: readonly Refusal[] = [
  {
    title: "501 actions",
    type: AZURE.scopeMap,
    over: { actions: reads(501) },
    says: /has 501 entries: at most 500/,
    late: true,
  },
  {
    title: "a wildcard inside a path",
    type: AZURE.scopeMap,
    over: { actions: ["repositories/*/api/content/read"] },
    says: /'actions\[0\]' is "repositories\/\*\/api/,
    late: true,
  },
  {
    title: "two wildcards",
    type: AZURE.scopeMap,
    over: { actions: ["repositories/orders/*/*/content/read"] },
    says: /the form is/,
    late: true,
  },
  {
    title: "a wildcard glued to a name",
    type: AZURE.scopeMap,
    over: { actions: ["repositories/orders*/content/read"] },
    says: /the form is/,
    late: true,
  },
  {
    title: "an action that is none",
    type: AZURE.scopeMap,
    over: { actions: ["repositories/orders/api/content/pull"] },
    says: /the form is/,
    late: true,
  },
  {
    title: "a scope map's name instead of its id",
    type: AZURE.token,
    over: { scopeMapId: "shop-pull" },
    says: /must be the ARM id of a scope map/,
    late: true,
  },
  {
    title: "a password in a token",
    type: AZURE.token,
    over: { credentials: { passwords: [{ name: "password1" }] } },
    says: /generateCredentials alone/,
    late: true,
  },
  {
    title: "a webhook action that is none",
    type: AZURE.webhook,
    over: { actions: ["pull"] },
    says: /'actions\[0\]' is "pull": one of/,
    late: true,
  },
  {
    title: "a webhook address without http",
    type: AZURE.webhook,
    over: { serviceUri: "hooks.example.com" },
    says: /must match/,
    late: true,
  },
  {
    title: "a webhook address that is secret, without showing it",
    type: AZURE.webhook,
    over: { serviceUri: secretOf("hidden.example.com") },
    says: /'serviceUri' is \[secret\]: it must match/,
    late: true,
  },
  { title: "29 days of log", type: AZURE.workspace, over: { retentionInDays: 29 }, says: /at least 30/, late: true },
  {
    title: "two years and a day of log",
    type: AZURE.workspace,
    over: { retentionInDays: 731 },
    says: /at most 730/,
    late: true,
  },
  {
    title: "a setting without a destination",
    type: AZURE.diagnosticSetting,
    over: { workspaceId: undefined },
    says: /needs one of/,
    late: true,
  },
  {
    title: "a category and a group of them at once",
    type: AZURE.diagnosticSetting,
    over: { logs: [{ category: "a", categoryGroup: "audit", enabled: true }] },
    says: /one of them/,
    late: true,
  },
  {
    title: "a log that is neither on nor off",
    type: AZURE.diagnosticSetting,
    over: { logs: [{ category: "a" }] },
    says: /'logs\[0\]\.enabled' is missing/,
  },
  {
    title: "a lock of an unknown level",
    type: AZURE.lock,
    over: { scope: REGISTRY_ID, level: "CannotDelete" },
    says: /one of NotSpecified, CanNotDelete, ReadOnly/,
    late: true,
  },
  {
    title: "a lock with a long note",
    type: AZURE.lock,
    over: { notes: "x".repeat(513) },
    says: /at most 512/,
    late: true,
  },
];
