import type { Command } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { escapeUnsafe } from "../../base/text/unsafe";
import { IMAGE_CLASSES } from "../../domain/image/imageClass";
import { rollbackRelease } from "../../gitops/release/rollbackRelease";
import { defineCommand, type OptionsOf } from "../command";
import { verifierOf, withRegistries } from "../image/context";
import type { Io } from "../io";
import { formatOption, outputsOption, printResult, projectOption, trustedRootOption } from "../options";
import { readStageOutputs } from "../stageOutputs";
import { GIT_EXITS, namedStage, requireGitOps } from "./context";
import { releaseText } from "./releaseText";

const declare = (command: Command) =>
  command
    .requiredOption("--release <name>", "the release, as gitops.releases of Pulumi.yaml names it")
    .requiredOption("--stage <stage>", "the stage, or another name of it, such as prd")
    .requiredOption("--to <version>", "the version that its files had, or a commit of their branch")
    .addOption(outputsOption())
    .option("--dry-run", "say what would be asked for, and ask for nothing")
    .addOption(projectOption())
    .addOption(trustedRootOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", GIT_EXITS);

/**
 * Asks for the images that a stage deployed before, each of which must still be there and accepted.
 *
 * @returns 0; a refusal is thrown, and nothing was asked for then
 */
async function run(options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const config = requireGitOps(options.project);
  const outputs = readStageOutputs(options.outputs, io, () => IMAGE_CLASSES);
  const stage = namedStage(options.stage, outputs.stages);
  if (stage !== outputs.stage) {
    const message = `--stage ${stage}, and the outputs are of ${outputs.stage}; give the outputs of ${stage}`;
    throw new DualRegistryError("USAGE", message);
  }
  const line = (text: string): void => {
    io.stderr.write(`${escapeUnsafe(text)}\n`);
  };
  return withRegistries<ExitCode>(io, async (registries) => {
    const { release, to, dryRun } = options;
    const result = await rollbackRelease({
      ...{ config, release, stage, to, outputs, registries, env: io.env },
      context: { verifier: verifierOf(options), now: io.now(), exceptions: config.exceptions },
      ...defined({ dryRun }),
      onWait: line,
      onStep: (step) => line(`${release}: ${step}`),
    });
    printResult(io, options.format, result, releaseText);
    return 0;
  });
}

export const rollback = defineCommand(declare, run);
