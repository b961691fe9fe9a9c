import type { ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { readStep } from "../../github/readStep";
import type { Surroundings } from "../previewRun";
import { type ImageOptions, imagesBefore } from "./images";
import type { StepOptions } from "./options";
import { questionOf, readFlowFacts, stepFrom, stepJson, stepText } from "./stepReport";

/** What the user asked for. */
export interface CheckOptions extends StepOptions, ImageOptions {}

/**
 * Says of a tag whether it may be placed or, where it stands, was rightly placed.
 *
 * @returns 0, or 1 where something stands against it
 */
export async function runCheck(tag: string, options: CheckOptions, around: Surroundings): Promise<ExitCode> {
  const step = stepFrom(tag, options);
  const { rules, github } = readFlowFacts(step.to, options, around);
  const question = questionOf(step, rules, options);
  let read = await readStep(github, question);
  const images = await imagesBefore(step, read.facts.commit, options, around);
  if (images) read = await readStep(github, { ...question, images });
  around.stdout.write(options.format === "json" ? formatJson(stepJson(read)) : stepText(read));
  return read.verdict.legal ? 0 : 1;
}
