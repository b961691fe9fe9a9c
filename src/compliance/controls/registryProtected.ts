import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { ssdf } from "../sources";

export const registryProtected: Control = {
  id: "registry-protected",
  title: "The engine refuses to delete or replace a registry",
  why: "A changed name or region would replace the registry, and its images would be gone.",
  severity: "high",
  level: "advisory",
  rows: ["S0-5"],
  corresponds: [],
  mappings: [...ssdf("PS.3.1")],
  remediation: "Leave protect on in the stage file.",
  evaluate: onEachAcr(
    "protect",
    "true",
    (registry) => registry.protected,
    (on) => on,
  ),
};
