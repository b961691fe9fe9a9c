import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { azurePolicy, inBenchmark2 } from "../sources";

export const skuPremium: Control = {
  id: "sku-premium",
  title: "The tier can keep what the network rules ask for",
  why: "Private endpoints, network rules and switching the public endpoint off are Premium's.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [azurePolicy("ACR_SkuSupportsPrivateEndpoints_AuditDeny", "bd560fc0-3c69-498a-ae9f-aa8eb7de0e13")],
  mappings: [...inBenchmark2("NS-2")],
  remediation: "Set sku to Premium in the stage file.",
  evaluate: onEachAcr(
    "sku.name",
    "Premium",
    (registry) => registry.sku,
    (sku) => sku === "Premium",
  ),
};
