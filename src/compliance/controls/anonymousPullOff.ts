import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { azurePolicy, checkov, labelled, psRule } from "../sources";

export const anonymousPullOff: Control = {
  id: "anonymous-pull-off",
  title: "Nobody pulls without a login",
  why: "Whoever knows a name could read images and their metadata, and the log would not say who it was.",
  severity: "high",
  level: "mandatory",
  rows: ["S0-4", "S1-19"],
  corresponds: [
    psRule("AnonymousAccess"),
    checkov("CKV_AZURE_138"),
    azurePolicy("ACR_AnonymousPullDisabled_AuditDeny", "9f2dea28-e834-476c-99c5-3507b4728395"),
    azurePolicy("ACR_AnonymousPullDisabled_Modify", "cced2946-b08a-44fe-9fd9-e4ed8a779897"),
  ],
  mappings: [...labelled("IM-1")],
  remediation: "Set anonymousPullEnabled to false; give each consumer a token or an identity.",
  evaluate: onEachAcr(
    "anonymousPullEnabled",
    "false",
    (registry) => registry.anonymousPullEnabled,
    (on) => !on,
  ),
};
