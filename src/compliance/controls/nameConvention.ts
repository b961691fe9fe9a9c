import type { Control } from "../control";
import { aboutRegistry, aboutStage, allOf, eachAcr, look, notApplicable } from "../judge";
import { psRule } from "../sources";

export const nameConvention: Control = {
  id: "name-convention",
  title: "The registry's name keeps the company's convention",
  why: "A name outside the convention is hard to place in bills, alerts and incidents.",
  severity: "low",
  level: "advisory",
  rows: [],
  corresponds: [psRule("Naming")],
  mappings: [],
  remediation:
    "Set name in the stage file so that it begins with compliance.namePrefix; a change of the name replaces the registry.",
  evaluate(facts) {
    const { namePrefix } = facts.stage;
    if (namePrefix === undefined) return [notApplicable(aboutStage(facts), "No prefix of names is configured.")];
    return eachAcr(facts, (registry) =>
      allOf(aboutRegistry(registry), [
        look(
          { resource: registry.name, property: "name", expected: `begins with ${namePrefix}` },
          registry.name,
          (name) => name.startsWith(namePrefix),
        ),
      ]),
    );
  },
};
