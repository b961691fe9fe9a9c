import type { Command } from "@commander-js/extra-typings";
import type { ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import type { JudgedStep } from "../../domain/flow/judgeStep";
import { reason } from "../../domain/flow/verdict";
import { readStep, type ReadStep } from "../../github/readStep";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption } from "../options";
import { openAskedStep, questionOf } from "./context";
import { imagesBefore } from "./images";
import { imageOption, imagesFileOption, imagesOutputsOption, withFlowOptions, withStepOptions } from "./options";
import { stepJson, stepText } from "./stepReport";

const declare = (command: Command) =>
  withFlowOptions(
    withStepOptions(
      command
        .argument("<tag>", "v0.0.1-<stage>, v0.0.1 for the last stage, or a candidate such as v0.0.1-rc1")
        .addOption(imagesOutputsOption())
        .addOption(imageOption())
        .addOption(imagesFileOption())
        .option("--taken", "of what was taken alone: a tag that may only be placed does not do, as for a rollback"),
    ),
  ).addOption(formatOption("text", "json"));

export type CheckOptions = OptionsOf<typeof declare>;

/**
 * Says of a tag whether it may be placed or, where it stands, was rightly placed.
 *
 * @returns 0, or 1 where something stands against it
 */
async function run(tag: string, options: CheckOptions, io: Io): Promise<ExitCode> {
  const { step, rules, github } = await openAskedStep(tag, options, io);
  const question = questionOf(step, rules, options);
  let read = await readStep(github, question);
  const images = await imagesBefore(step, read.facts.commit, options, io);
  if (images) read = await readStep(github, { ...question, images });
  if (options.taken === true) read = { ...read, verdict: refuseUntaken(read) };
  io.stdout.write(options.format === "json" ? formatJson(stepJson(read, io.now())) : stepText(read));
  return read.verdict.legal ? 0 : 1;
}

/** What never came to its stage stands nowhere there: nobody signed it off, or no job that they let through placed it. */
function refuseUntaken({ facts: { step }, verdict }: ReadStep): JudgedStep {
  if (verdict.takenAt !== undefined) return verdict;
  const why = `${step.tag} never came to ${step.to}: GitHub keeps no record that its step was taken; name one that did`;
  return { ...verdict, legal: false, reasons: [...verdict.reasons, reason("step-not-taken", why)] };
}

export const check = defineCommand(declare, run);
