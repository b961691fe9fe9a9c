import type { Control } from "../control";
import { aboutRegistry, allOf, eachAcr, look } from "../judge";
import { azurePolicy, checkov, inBenchmark2 } from "../sources";
import { withBypass } from "../trustedServices";

export const publicAccessOff: Control = {
  id: "public-access-off",
  title: "The registry has no public endpoint",
  why: "A leaked credential can be used from anywhere as long as the registry answers on the internet.",
  severity: "high",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [
    checkov("CKV_AZURE_139"),
    azurePolicy("ACR_PublicNetworkAccess_AuditDeny", "0fdf0491-d080-4575-b627-ad0e843cba0f"),
    azurePolicy("ACR_PublicNetworkAccess_Modify", "a3701552-92ea-433e-9d17-33b7f1208fc9"),
  ],
  mappings: [...inBenchmark2("NS-2")],
  remediation: "Set publicAccess to false in the stage file (Premium) and reach the registry by a private endpoint.",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const finding = allOf(aboutRegistry(registry), [
        look(
          { resource: registry.name, property: "publicNetworkAccess", expected: "Disabled" },
          registry.publicAccess,
          (on) => !on,
          (on) => (on ? "Enabled" : "Disabled"),
        ),
      ]);
      return finding.verdict === "pass" ? withBypass(finding, registry) : finding;
    });
  },
};
