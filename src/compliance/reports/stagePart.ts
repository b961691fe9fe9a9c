import { z } from "zod";
import { IMAGE_CLASSES } from "../../domain/imageClass";
import { REGISTRY_KINDS, REGISTRY_MODES } from "../../domain/kind";
import { STAGES } from "../../domain/stage";
import { RULES } from "../../domain/support";
import { complianceSchema, formerComplianceSchema } from "../../outputs/complianceSchema";
import { support } from "../../outputs/outputsSchema";
import type { ReportedRegistry, StageCompliance } from "../report";

const registry: z.ZodType<ReportedRegistry> = z.object({
  class: z.enum(IMAGE_CLASSES),
  kind: z.enum(REGISTRY_KINDS),
  mode: z.enum(REGISTRY_MODES),
  rules: z.record(z.enum(RULES), support),
});

const product = z.string().min(1).max(1000);
const stage = z.enum(STAGES);

/** What a report needs of a stage's outputs; the rest, such as hosts, a preview does not know. */
export const previewPartSchema = z.object({
  product,
  stage,
  registries: z.object({ secure: registry, standard: registry }),
  compliance: complianceSchema,
});

/** One stage of a former JSON report. */
export const formerStageSchema: z.ZodType<StageCompliance> = z.object({
  product,
  stage,
  registries: z.array(registry).max(10),
  compliance: formerComplianceSchema,
});

/** A stage's part of a report from its outputs, whole or not. */
export function stagePart(
  outputs: Omit<StageCompliance, "registries"> & {
    registries: Readonly<Record<"secure" | "standard", ReportedRegistry>>;
  },
): StageCompliance {
  const registries = IMAGE_CLASSES.map((imageClass): ReportedRegistry => {
    const { kind, mode, rules } = outputs.registries[imageClass];
    return { class: imageClass, kind, mode, rules };
  });
  return { product: outputs.product, stage: outputs.stage, registries, compliance: outputs.compliance };
}
