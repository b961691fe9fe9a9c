import type { Control } from "../control";
import { aboutRegistry, allOf, eachAcr, look } from "../judge";
import { azurePolicy, psRule } from "../sources";

export const exportOff: Control = {
  id: "export-off",
  title: "Images leave only by a pull",
  why: "An import by another registry or a transfer copies images out without a pull that the log would show.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-19"],
  corresponds: [
    psRule("ExportPolicy"),
    azurePolicy("ACR_ExportPolicy_AuditDeny", "524b0254-c285-4903-bee6-bb8126cde579"),
  ],
  mappings: [],
  remediation:
    "Set exportAllowed and publicAccess to false (Premium). It also blocks az acr import out of this registry.",
  evaluate(facts) {
    return eachAcr(facts, (registry) =>
      allOf(aboutRegistry(registry), [
        look(
          { resource: registry.name, property: "policies.exportPolicy.status", expected: "disabled" },
          registry.exportAllowed,
          (on) => !on,
          (on) => (on ? "enabled" : "disabled"),
        ),
        look(
          { resource: registry.name, property: "publicNetworkAccess", expected: "Disabled" },
          registry.publicAccess,
          (on) => !on,
          (on) => (on ? "Enabled" : "Disabled"),
        ),
      ]),
    );
  },
};
