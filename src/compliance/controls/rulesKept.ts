import type { Support } from "../../domain/support";
import type { Control } from "../control";
import { allOf, decidedFor, look } from "../judge";

const impossible = (rules: Readonly<Record<string, Support>>) =>
  Object.entries(rules)
    .filter(([, support]) => support.support === "impossible")
    .map(([rule]) => rule)
    .sort();

export const rulesKept: Control = {
  id: "rules-kept",
  title: "Every rule of tags, retention and audit is kept somehow",
  why: "A rule that a kind of registry cannot keep is not kept, whatever the plan says.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-19", "S2-3", "S4-14"],
  corresponds: [],
  mappings: [],
  remediation: "Choose a kind of registry that can keep the rule, or waive it with a reason.",
  evaluate({ registries }) {
    return registries.map((registry) =>
      allOf(decidedFor(registry), [
        look(
          { resource: registry.name, property: "rules that are impossible", expected: "none" },
          registry.rules,
          (rules) => impossible(rules).length === 0,
          impossible,
        ),
      ]),
    );
  },
};
