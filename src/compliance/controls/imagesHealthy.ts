import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { azurePolicy, inBenchmark, inBenchmark2, labelled, psRule } from "../sources";

export const imagesHealthy: Control = {
  id: "images-healthy",
  title: "No image in the registry is known to be vulnerable",
  why: "A flaw that everybody knows of is used first.",
  severity: "high",
  level: "advisory",
  rows: ["S1-22", "S2-10"],
  corresponds: [
    psRule("ImageHealth"),
    azurePolicy("ACR vulnerability assessment", "090c7b07-b4ed-4561-ad20-e9075f3ccaff"),
  ],
  mappings: [...labelled("DS-6", "PV-5"), ...inBenchmark("PV-6", "DS-6"), ...inBenchmark2("PV-6", "DS-6")],
  remediation: "Rebuild the images that Defender names, publish and promote them, and sweep the old ones.",
  evaluate: onEachAcr(
    "assessments that are not healthy",
    "0",
    (registry) => registry.unhealthyImages,
    (count) => count === 0,
  ),
};
