import type { Control } from "../control";
import { aboutStage, allOf, look } from "../judge";
import { ssdf } from "../sources";

export const passwordsOutsideState: Control = {
  id: "passwords-outside-state",
  title: "No password of a registry is in the state",
  why: "Whoever reads the state, or its history, could log in with it.",
  severity: "critical",
  level: "mandatory",
  rows: ["S0-4"],
  corresponds: [],
  mappings: [...ssdf("PS.1.1")],
  remediation:
    "Generate passwords outside Pulumi's resources, write them to Key Vault, and keep name, slot and expiry only.",
  evaluate(facts) {
    const at = { resource: "stage", property: "properties that hold a password", expected: "none" };
    return [allOf(aboutStage(facts), [look(at, facts.stage.passwordsInState, (found) => found.length === 0)])];
  },
};
