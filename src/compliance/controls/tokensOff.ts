import type { Control } from "../control";
import { aboutRegistry, allOf, eachAcr, eachOf } from "../judge";
import { azurePolicy } from "../sources";

export const tokensOff: Control = {
  id: "tokens-off",
  title: "No repository-scoped token may be used",
  why: "A token's password is a secret that somebody has to keep; an identity needs none.",
  severity: "low",
  level: "advisory",
  rows: ["S0-4"],
  corresponds: [
    azurePolicy("ACR_TokenDisabled_AuditDeny", "ff05e24e-195c-447e-b322-5e90c9f9f366"),
    azurePolicy("ACR_TokenDisabled_Modify", "a9b426fe-8856-4945-8600-18c5dd1cca2a"),
  ],
  mappings: [],
  remediation:
    "Let consumers pull with identities and remove their tokens; or waive it, since consumers outside Azure need tokens of their own that are scoped and expire.",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const unsure = (name: string) => name === "unknown" || registry.name === "unknown";
      const tokens = facts.tokens.filter(({ registryName: of }) => unsure(of) || of === registry.name);
      const at = { resource: registry.name, property: "tokens.status", expected: "disabled for each token" };
      return allOf(aboutRegistry(registry), [
        eachOf(
          at,
          tokens,
          ({ name }) => name,
          ({ enabled, registryName: of }) => (enabled === true && unsure(of) ? "unknown" : enabled),
          (enabled) => !enabled,
        ),
      ]);
    });
  },
};
