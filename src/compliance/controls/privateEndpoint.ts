import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { azurePolicy, inBenchmark, inBenchmark2 } from "../sources";

export const privateEndpoint: Control = {
  id: "private-endpoint",
  title: "The registry is reached by a private endpoint",
  why: "Traffic through a private endpoint stays in the company's network, and the endpoint stands for this one registry only.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [
    azurePolicy("ACR_PrivateEndpointEnabled_Audit", "e8eef0a8-67cf-4eb4-9386-14b0e78733d4"),
    azurePolicy("ACR_PrivateEndpoint_DINE", "d85c6833-7d33-4cf5-a915-aaa2de84405f"),
  ],
  mappings: [...inBenchmark("NS-2"), ...inBenchmark2("NS-2")],
  remediation:
    "Add a private endpoint for the registry (Premium) in the network of its consumers, and approve its connection.",
  evaluate: onEachAcr(
    "privateEndpointConnections",
    "at least one that is approved",
    (registry) => registry.privateEndpoints,
    (count) => count > 0,
  ),
};
