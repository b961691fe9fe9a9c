import { z } from "zod";
import { closed } from "./messages";

/** What keeps a stage from being lost by mistake; what is not said is a default of the stage. */
export const protection = closed({
  /** Whether Azure refuses to delete the registries and their logs, whoever asks. */
  lock: z.boolean().optional(),
  /** Whether what holds data stays in Azure when the stack is destroyed. */
  retain: z.boolean().optional(),
});
