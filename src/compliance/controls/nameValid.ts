import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { psRule } from "../sources";

export const nameValid: Control = {
  id: "name-valid",
  title: "The registry's name is one that Azure takes",
  why: "Azure refuses the registry otherwise, when everything else is already made.",
  severity: "low",
  level: "mandatory",
  rows: ["S0-1"],
  corresponds: [psRule("Name")],
  mappings: [],
  remediation: "Choose 5 to 50 letters and digits as name in the stage file.",
  evaluate: onEachAcr(
    "name",
    "5 to 50 letters and digits",
    (registry) => registry.name,
    (name) => /^[a-zA-Z0-9]{5,50}$/.test(name),
  ),
};
