import type { Control } from "../control";
import { allOf, decidedFor, look, notApplicable } from "../judge";
import { ssdf } from "../sources";

export const signatureGate: Control = {
  id: "signature-gate",
  title: "Production takes signed images only",
  why: "Without a signature by somebody who is trusted, nobody can tell an image from one that was put in its place.",
  severity: "high",
  level: "advisory",
  rows: ["S2-8", "S2-12"],
  corresponds: [],
  mappings: [...ssdf("PS.2.1")],
  remediation: "Name the signers of the class in policies, and leave signature on.",
  evaluate({ registries }) {
    return registries.map((registry) => {
      const about = decidedFor(registry);
      if (registry.stage !== "prod" && registry.stage !== "unknown") {
        return notApplicable(about, "Signatures are asked for in prod.");
      }
      const at = { resource: registry.name, property: "signature policy", expected: "true" };
      return allOf(about, [look(at, registry.signature, (on) => on)]);
    });
  },
};
