import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { azurePolicy, checkov, inBenchmark2, labelled, psRule } from "../sources";

export const adminUserOff: Control = {
  id: "admin-user-off",
  title: "The admin user is off",
  why: "Its two passwords open every repository for reading and writing, belong to nobody, and leave no name in the log.",
  severity: "critical",
  level: "mandatory",
  rows: ["S0-4", "S1-1"],
  corresponds: [
    psRule("AdminUser"),
    checkov("CKV_AZURE_137"),
    azurePolicy("ACR_AdminAccountDisabled_AuditDeny", "dc921057-6b28-4fbe-9b83-f7bec05db6c2"),
    azurePolicy("ACR_AdminAccountDisabled_Modify", "79fdfe03-ffcb-4e55-b4d0-b925b8241759"),
  ],
  mappings: [...labelled("IM-1", "IM-3", "PA-1"), ...inBenchmark2("IM-1")],
  remediation: "Set adminUserEnabled to false; log in with an Entra identity or a token of a scope map.",
  evaluate: onEachAcr(
    "adminUserEnabled",
    "false",
    (registry) => registry.adminUserEnabled,
    (on) => !on,
  ),
};
