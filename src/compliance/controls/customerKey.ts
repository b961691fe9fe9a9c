import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { azurePolicy, inBenchmark, inBenchmark2 } from "../sources";

export const customerKey: Control = {
  id: "customer-key",
  title: "Images are encrypted with a key of the company's",
  why: "Where a rule asks for it, only a key of one's own can be rotated, watched and taken away.",
  severity: "low",
  level: "advisory",
  rows: [],
  corresponds: [azurePolicy("ACR_CMKEncryptionEnabled_Audit", "5b9159ae-1701-4a6f-9a7a-aa9c8ddd0580")],
  mappings: [...inBenchmark("DP-5"), ...inBenchmark2("DP-5")],
  remediation:
    "Create the registry (Premium) with encryption by a key in Key Vault; an existing registry cannot be changed and would be replaced.",
  evaluate: onEachAcr(
    "encryption.status",
    "enabled",
    (registry) => registry.customerKey,
    (on) => on,
    (on) => (on ? "enabled" : "disabled"),
  ),
};
