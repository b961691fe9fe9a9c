import { entryStage, type Stage, type Stages } from "../stage";
import type { MappedImage } from "./imageClass";

/**
 * What stands before a publication. `open`: the first stage, without gates. `signed-off`: the sign-offs of the stage,
 * where it lists any. `promotions`: nothing is published there, it is promoted from the stage before.
 */
export type PublishGate = "open" | "signed-off" | "promotions";

/**
 * By which gate an image is published to a stage. A portable image is the same everywhere, so it enters once: in the
 * first stage, or in the entry stage with its sign-offs. One that is bound to its stage is built for each. A single stage
 * is the first and the entry stage at once, and has the gates of the latter.
 */
export function publishGate(stage: Stage, stages: Stages, { binding }: Pick<MappedImage, "binding">): PublishGate {
  if (stage === entryStage(stages)) return "signed-off";
  if (stage === stages[0]) return "open";
  return binding === "stage-bound" ? "signed-off" : "promotions";
}
