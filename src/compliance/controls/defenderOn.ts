import type { Control } from "../control";
import { aboutStage, allOf, look } from "../judge";
import { azurePolicy, checkov, labelled, psRule } from "../sources";
import { BYPASS, letsServicesIn } from "../trustedServices";

export const defenderOn: Control = {
  id: "defender-on",
  title: "Defender for Containers looks at the registries",
  why: "Flaws become known after an image was pushed; without a scanner beside the registry nobody sees them.",
  severity: "high",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [
    psRule("ContainerScan"),
    checkov("CKV_AZURE_86"),
    azurePolicy("ASC_EnableAdvancedThreatProtectionOnContainers_Audit", "1c988dd6-ade4-430f-a608-2a3e5b0a6d38"),
  ],
  mappings: [...labelled("DS-6", "PV-5")],
  remediation:
    "Set the pricing tier of Containers to Standard in the subscription, by the stage that owns it, and let Azure's trusted services in (trustedServices) where the network is restricted.",
  evaluate(facts) {
    const at = { resource: "subscription", property: "pricings.Containers.pricingTier", expected: "Standard" };
    const within = "AzureServices, which lets Defender past the network rules";
    const own = facts.registries.filter(({ kind, mode }) => kind === "acr" && mode !== "reference");
    const closed = own.filter((registry) => letsServicesIn(registry) !== true);
    return [
      allOf(aboutStage(facts), [
        look(
          at,
          facts.stage.defender,
          (on) => on,
          (on) => (on ? "Standard" : "Free"),
        ),
        ...closed.map((registry) =>
          look(
            { resource: registry.name, property: BYPASS, expected: within },
            letsServicesIn(registry),
            (pass) => pass,
            () => "None",
          ),
        ),
      ]),
    ];
  },
};
