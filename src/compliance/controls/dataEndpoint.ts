import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { checkov } from "../sources";

export const dataEndpoint: Control = {
  id: "data-endpoint",
  title: "Layers come from an endpoint of the registry's own",
  why: "Without it, a firewall has to let clients reach the storage of every customer of the region, and so of whoever takes data out.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [checkov("CKV_AZURE_237")],
  mappings: [],
  remediation: "Set dataEndpoint to true in the stage file (Premium), and let clients reach it.",
  evaluate: onEachAcr(
    "dataEndpointEnabled",
    "true",
    (registry) => registry.dataEndpoint,
    (on) => on,
  ),
};
