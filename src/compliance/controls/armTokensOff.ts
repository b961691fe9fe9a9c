import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { azurePolicy } from "../sources";

export const armTokensOff: Control = {
  id: "arm-tokens-off",
  title: "Tokens made for Azure Resource Manager open no registry",
  why: "A token that was asked for to manage resources could be used to push and pull as well: its audience says nothing of the registry.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-1"],
  corresponds: [
    azurePolicy("ACR_AADAuthenticationAsArmPolicy_AuditDeny", "42781ec6-6127-4c30-bdfa-fb423a0047d3"),
    azurePolicy("ACR_AADAuthenticationAsArmDisabled_Modify", "785596ed-054f-41bc-aaec-7f3d0ba05725"),
  ],
  mappings: [],
  remediation:
    "Set armTokensAllowed to false in the stage file, after every client asks for tokens of the registry's own audience.",
  evaluate: onEachAcr(
    "policies.azureADAuthenticationAsArmPolicy.status",
    "disabled",
    (registry) => registry.armTokensAllowed,
    (on) => !on,
    (on) => (on ? "enabled" : "disabled"),
  ),
};
