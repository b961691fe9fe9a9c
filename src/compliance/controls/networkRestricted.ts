import type { Control } from "../control";
import { aboutRegistry, anyOf, eachAcr, look } from "../judge";
import { azurePolicy, inBenchmark, inBenchmark2, psRule } from "../sources";
import { withBypass } from "../trustedServices";

export const networkRestricted: Control = {
  id: "network-restricted",
  title: "Not every address reaches the registry",
  why: "An endpoint without rules answers the whole internet.",
  severity: "high",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [
    psRule("Firewall"),
    azurePolicy("ACR_NetworkRulesExist_AuditDeny", "d0793b48-0edc-4296-a390-4c75d1bdfd71"),
  ],
  mappings: [...inBenchmark("NS-2"), ...inBenchmark2("NS-2")],
  remediation:
    "Name the ranges in allowedIps (Premium), so that every other address is denied, or switch public access off.",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const finding = anyOf(aboutRegistry(registry), [
        look(
          { resource: registry.name, property: "publicNetworkAccess", expected: "Disabled, or a firewall that denies" },
          registry.publicAccess,
          (on) => !on,
          (on) => (on ? "Enabled" : "Disabled"),
        ),
        look(
          { resource: registry.name, property: "networkRuleSet.defaultAction", expected: "Deny" },
          registry.networkDefault,
          (action) => action === "deny",
          (action) => (action === "deny" ? "Deny" : "Allow"),
        ),
      ]);
      return withBypass(finding, registry);
    });
  },
};
