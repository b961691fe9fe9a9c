import type { Command } from "@commander-js/extra-typings";
import type { ExitCode } from "../../base/errors";
import { placesTag } from "../../domain/flow/step";
import { readStep } from "../../github/readStep";
import { placeTag, recordStep } from "../../github/refs";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult } from "../options";
import { openAskedStep, questionOf } from "./context";
import { withFlowOptions, withStepOptions } from "./options";
import { signOffsMarkdown, stepJson, stepText } from "./stepReport";

const declare = (command: Command) =>
  withFlowOptions(withStepOptions(command.argument("<tag>", "such as v0.0.1-uat"))).addOption(
    formatOption("text", "json"),
  );

export type TagOptions = OptionsOf<typeof declare>;

/**
 * Places a tag, where the check says that it may be.
 *
 * @returns 0, also where the tag stands already and rightly so; 1 where something stands against it
 */
async function run(name: string, options: TagOptions, io: Io): Promise<ExitCode> {
  const { step, rules, github } = await openAskedStep(name, options, io);
  const read = await readStep(github, questionOf(step, rules, options));
  const { facts, verdict } = read;
  const places = verdict.legal && facts.placed === undefined && placesTag(step);
  if (places) await placeTag(github, name, facts.commit, `${name}\n\n${signOffsMarkdown(read)}`);
  const stands = places || facts.placed?.commit === facts.commit;
  // A try that placed the tag and did not get further is mended by the next one.
  if (verdict.legal && stands && (facts.placed?.recorded ?? []).length === 0) await recordStep(github, name, step.to);
  printResult(io, options.format, { ...stepJson(read, io.now()), placedNow: places }, () =>
    places ? stepText(read).replace(/^MAY BE TAGGED/, "TAGGED") : stepText(read),
  );
  return verdict.legal ? 0 : 1;
}

export const tag = defineCommand(declare, run);
