import type { Control } from "../control";
import { LOG_CATEGORIES } from "../../domain/diagnostics";
import { onEachAcr } from "../judge";
import { psRule } from "../sources";

const GROUPS = ["audit", "allLogs"];

export const auditLogs: Control = {
  id: "audit-logs",
  title: "Logins, pushes and pulls are logged",
  why: "Without the two categories nobody can say who pulled what, or who tried.",
  severity: "high",
  level: "mandatory",
  rows: ["S0-8", "S1-19", "S1-22"],
  corresponds: [psRule("AuditLogs")],
  mappings: [{ framework: "MCSB v1", id: "LT-4", statedBy: "links of the rule's document in PSRule for Azure" }],
  remediation:
    "Send ContainerRegistryLoginEvents and ContainerRegistryRepositoryEvents, or the group audit or allLogs, to a workspace by a diagnostic setting.",
  evaluate: onEachAcr(
    "diagnosticSettings.logs",
    `${LOG_CATEGORIES.join(" and ")}, or the group audit or allLogs`,
    (registry) => registry.logCategories,
    (categories) =>
      GROUPS.some((group) => categories.includes(group)) || LOG_CATEGORIES.every((one) => categories.includes(one)),
  ),
};
