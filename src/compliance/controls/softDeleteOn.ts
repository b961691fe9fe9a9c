import type { Control } from "../control";
import { aboutRegistry, allOf, eachAcr, look, notApplicable } from "../judge";
import { psRule } from "../sources";

export const softDeleteOn: Control = {
  id: "soft-delete-on",
  title: "A deleted image can be restored",
  why: "Without it, a deletion by mistake or by malice is final.",
  severity: "medium",
  level: "advisory",
  rows: ["S2-3"],
  corresponds: [psRule("SoftDelete")],
  mappings: [],
  remediation: "Set softDeleteDays in the stage file (not together with untaggedRetentionDays or replicas).",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const about = aboutRegistry(registry);
      const { replicas, untaggedRetentionDays: untagged } = registry;
      if (replicas !== "unknown" && replicas.length > 0) {
        return notApplicable(about, "A registry with replicas cannot have soft delete.");
      }
      if (untagged !== "unknown" && untagged !== "off") {
        return notApplicable(about, "A registry with a retention policy cannot have soft delete.");
      }
      const at = {
        resource: registry.name,
        property: "policies.softDeletePolicy.retentionDays",
        expected: "1 day or more",
      };
      const known = replicas === "unknown" || untagged === "unknown";
      return allOf(about, [look(at, known ? ("unknown" as const) : registry.softDeleteDays, (days) => days !== "off")]);
    });
  },
};
