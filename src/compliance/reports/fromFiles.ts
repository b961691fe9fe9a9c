import { factsOfPlan } from "../../domain/factsOfPlan";
import { IMAGE_CLASSES } from "../../domain/imageClass";
import { planStage } from "../../domain/planStage";
import { readStages } from "../../doctor/stageFacts";
import { DualRegistryError } from "../../errors";
import type { ProjectFile } from "../../preview/record/projectFile";
import { evaluate } from "../evaluate";
import { driftWatched } from "../program/driftWatch";
import type { StageCompliance } from "../report";

/**
 * A stage as its files say, without running the program: for a stage whose run its own compliance stops. Secrets are
 * not decrypted.
 *
 * @throws DualRegistryError CONFIG_INVALID with every problem of the files
 */
export function stageOfFiles(project: ProjectFile, stack: string, now: Date): StageCompliance {
  const [facts] = readStages(project, stack);
  if (facts?.config === undefined) throw new DualRegistryError("CONFIG_INVALID", (facts?.problems ?? []).join("\n"));
  const plan = planStage(facts.config);
  return {
    product: plan.product,
    stage: plan.stage,
    registries: IMAGE_CLASSES.map((imageClass) => {
      const { kind, mode, rules } = plan.registries[imageClass];
      return { class: imageClass, kind, mode, rules };
    }),
    compliance: evaluate(factsOfPlan(plan, driftWatched(project.root)), plan.compliance, now),
  };
}
