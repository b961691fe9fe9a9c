import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { azurePolicy } from "../sources";

export const cacheRulesNone: Control = {
  id: "cache-rules-none",
  title: "Nothing is fetched from other registries on demand",
  why: "A cache rule brings in whatever the registry behind it serves that day, past scan and sign-off.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-13", "S1-5"],
  corresponds: [azurePolicy("ACR_PTCDisabled_AuditDeny", "84497762-32b6-4ab3-80b6-732ea48b85a2")],
  mappings: [],
  remediation:
    "Remove the cache rules and publish base images through the gates; or waive it where cache rules are wanted.",
  evaluate: onEachAcr(
    "cacheRules",
    "none",
    (registry) => registry.cacheRules,
    (rules) => rules.length === 0,
  ),
};
