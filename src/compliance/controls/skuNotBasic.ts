import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { checkov, psRule } from "../sources";

export const skuNotBasic: Control = {
  id: "sku-not-basic",
  title: "The tier is one for production",
  why: "Basic has the lowest limits of storage, throughput and tokens, and its images are not scanned by the rules that ask for Standard.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-12"],
  corresponds: [psRule("MinSku"), checkov("CKV_AZURE_163")],
  mappings: [],
  remediation: "Set sku to Standard or Premium in the stage file.",
  evaluate: onEachAcr(
    "sku.name",
    "Standard or Premium",
    (registry) => registry.sku,
    (sku) => sku === "Standard" || sku === "Premium",
  ),
};
