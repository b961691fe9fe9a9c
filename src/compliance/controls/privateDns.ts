import type { Control } from "../control";
import { aboutRegistry, allOf, eachAcr, look, notApplicable } from "../judge";
import { azurePolicy } from "../sources";

export const privateDns: Control = {
  id: "private-dns",
  title: "A private endpoint's name resolves to its private address",
  why: "Without the zone, clients resolve the public address and go around the private endpoint.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [azurePolicy("ACR_PrivateDNSZone_DINE", "e9585a95-5b8c-4d03-b193-dc7eb5ac4c32")],
  mappings: [],
  remediation: "Add a private DNS zone group for privatelink.azurecr.io to each private endpoint.",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const about = aboutRegistry(registry);
      if (registry.privateEndpoints === 0) return notApplicable(about, "The registry has no private endpoint.");
      const at = {
        resource: registry.name,
        property: "privateDnsZoneGroups",
        expected: "one for each private endpoint",
      };
      const known = registry.privateEndpoints === "unknown" ? ("unknown" as const) : registry.privateDns;
      return allOf(about, [
        look(
          at,
          known,
          (all) => all,
          (all) => (all ? "for each" : "missing"),
        ),
      ]);
    });
  },
};
