import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { checkov, labelled, psRule } from "../sources";

export const quarantineOn: Control = {
  id: "quarantine-on",
  title: "New images wait in quarantine",
  why: "An image could be pulled between its push and the end of its scan.",
  severity: "low",
  level: "advisory",
  rows: ["S1-5"],
  corresponds: [psRule("Quarantine"), checkov("CKV_AZURE_166")],
  mappings: [...labelled("DS-6", "PV-5")],
  remediation:
    "Set policies.quarantinePolicy.status to enabled (Premium, preview) with something that scans and releases; or waive it where images are scanned before they are pushed.",
  evaluate: onEachAcr(
    "policies.quarantinePolicy.status",
    "enabled",
    (registry) => registry.quarantine,
    (on) => on,
    (on) => (on ? "enabled" : "disabled"),
  ),
};
