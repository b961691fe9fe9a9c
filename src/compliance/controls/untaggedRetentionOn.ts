import type { Control } from "../control";
import { aboutRegistry, allOf, eachAcr, look, notApplicable } from "../judge";
import { checkov, psRule } from "../sources";

export const untaggedRetentionOn: Control = {
  id: "untagged-retention-on",
  title: "Untagged manifests are removed by the registry",
  why: "What nobody can name any more costs storage, and keeps old flaws at hand.",
  severity: "low",
  level: "advisory",
  rows: ["S1-15"],
  corresponds: [psRule("Retention"), checkov("CKV_AZURE_167")],
  mappings: [],
  remediation: "Set untaggedRetentionDays in the stage file (Premium, not together with softDeleteDays).",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const about = aboutRegistry(registry);
      if (registry.sku === "Basic" || registry.sku === "Standard") {
        return notApplicable(about, `${registry.sku} has no retention policy.`);
      }
      const at = { resource: registry.name, property: "policies.retentionPolicy.days", expected: "on, 0 days or more" };
      const days = registry.sku === "unknown" ? ("unknown" as const) : registry.untaggedRetentionDays;
      return allOf(about, [look(at, days, (value) => value !== "off")]);
    });
  },
};
