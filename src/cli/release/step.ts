import type { Command } from "@commander-js/extra-typings";
import type { ExitCode } from "../../base/errors";
import { readGitOps } from "../../config";
import { elsewhereText } from "../../domain/identity/environments";
import { isCandidate, placesTag } from "../../domain/flow/step";
import { lastStage } from "../../domain/stage";
import { readProjectFile } from "../../project";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, projectOption } from "../options";
import { readRules, stepFrom } from "./context";

const declare = (command: Command) =>
  command
    .argument("<tag>", "such as v0.0.1, or v0.0.1-<stage>")
    .option("--to <stage>", "the stage, for a candidate or beta (default: where gates begin)")
    .option("--version <version>", "what a release is called at the stage before (default: its tag there)")
    .addOption(projectOption())
    .addOption(formatOption("text", "json"));

/**
 * Says which step of a release a tag stands for, from the project's files alone.
 *
 * @returns 0
 * @throws DualRegistryError USAGE for a tag of no stage, CONFIG_INVALID where the files do not decode
 */
async function run(tag: string, options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const rules = readRules(options.project);
  const { stages, signOffs, elsewhere, stageChecks } = rules;
  const step = stepFrom(tag, rules, options);
  const roles = signOffs[step.to] ?? [];
  const releases = Object.entries(readGitOps(readProjectFile(options.project))?.releases ?? {});
  const { from, to } = step;
  // What a stage deploys comes from the stage before; what the first one deploys, Flux finds by itself.
  const gitops = releases.filter(([, { stages: files }]) => from !== undefined && from in files && to in files);
  const checks = (stageChecks?.[to] ?? []).flatMap((check) => ("workflow" in check ? [check] : []));
  const data = {
    ...{ ...step, from: step.from ?? null, last: step.to === lastStage(stages) },
    ...{ places: placesTag(step), candidate: isCandidate(step, rules), signOffs: roles },
    ...{ gitops: gitops.map(([name]) => name), checks },
  };
  const named = roles.length === 0 ? "nobody signs it off" : `signed off by ${roles.join(", then ")}`;
  const signed = elsewhere === undefined ? named : elsewhereText(elsewhere);
  printResult(
    io,
    options.format,
    data,
    () => `${tag}: ${step.from ?? "built"} -> ${step.to} as ${step.version}; ${signed}\n`,
  );
  return Promise.resolve(0);
}

export const step = defineCommand(declare, run);
