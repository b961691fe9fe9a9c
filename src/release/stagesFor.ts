import type { MappedImage } from "../domain/imageClass";
import { STAGES, type Stage } from "../domain/stage";

/** Stages that an image published here may be deployed to: this one, and those behind it unless it is stage-bound. */
export function stagesFor(stage: Stage, { binding }: Pick<MappedImage, "binding">): readonly Stage[] {
  return binding === "stage-bound" ? [stage] : STAGES.slice(STAGES.indexOf(stage));
}
