import type { Control } from "../control";
import { allOf, decidedFor, look } from "../judge";

export const tagRegime: Control = {
  id: "tag-regime",
  title: "Tags stand still behind dev",
  why: "A tag that can be moved lets something else run than what was signed off.",
  severity: "high",
  level: "mandatory",
  rows: ["S2-2", "S2-3", "S2-11"],
  corresponds: [],
  mappings: [],
  remediation: "Let the stage decide the regime: dev mutable; qa, uat and prod immutable.",
  evaluate({ registries }) {
    return registries.map((registry) => {
      const expected = registry.stage === "dev" ? "mutable" : "immutable";
      const known = registry.stage === "unknown" ? ("unknown" as const) : registry.regime;
      const at = { resource: registry.name, property: "tag regime", expected };
      return allOf(decidedFor(registry), [look(at, known, (regime) => regime === expected)]);
    });
  },
};
