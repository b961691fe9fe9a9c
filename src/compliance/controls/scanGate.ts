import type { Control } from "../control";
import { allOf, decidedFor, look, notApplicable } from "../judge";

export const scanGate: Control = {
  id: "scan-gate",
  title: "An image is published only after a clean scan",
  why: "A flaw found after the publish is already on its way to whoever pulls.",
  severity: "high",
  level: "advisory",
  rows: ["S1-5", "S2-7", "S2-10"],
  corresponds: [],
  mappings: [],
  remediation: "Ask for a scan with critical 0 and high 0 in policies of the class.",
  evaluate({ registries }) {
    return registries.map((registry) => {
      const about = decidedFor(registry);
      if (registry.stage === "dev") return notApplicable(about, "In dev a scan is optional.");
      const at = { resource: registry.name, property: "scan policy", expected: "critical 0 and high 0" };
      return allOf(about, [
        look(
          at,
          registry.scan,
          (scan) => scan !== "off" && scan.critical === 0 && scan.high === 0,
          (scan) => (scan === "off" ? "off" : `critical ${scan.critical}, high ${scan.high}`),
        ),
      ]);
    });
  },
};
