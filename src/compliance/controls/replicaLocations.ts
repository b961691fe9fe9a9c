import type { Control } from "../control";
import { aboutRegistry, aboutStage, allOf, eachAcr, look, notApplicable } from "../judge";
import { psRule } from "../sources";

export const replicaLocations: Control = {
  id: "replica-locations",
  title: "Images stay in the regions that are allowed",
  why: "A replica is a whole copy under the law of its place.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-11"],
  corresponds: [psRule("ReplicaLocation")],
  mappings: [],
  remediation: "Take the region out of replicas, or add it to compliance.locations in the stage file.",
  evaluate(facts) {
    const allowed = facts.stage.allowedLocations;
    if (allowed === undefined) return [notApplicable(aboutStage(facts), "No list of allowed regions is configured.")];
    return eachAcr(facts, (registry) =>
      allOf(aboutRegistry(registry), [
        look(
          { resource: registry.name, property: "replications.location", expected: `within ${allowed.join(", ")}` },
          registry.replicas,
          (replicas) => replicas.every((replica) => allowed.includes(replica)),
        ),
      ]),
    );
  },
};
