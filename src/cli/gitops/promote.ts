import { type Command, Option } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import { escapeUnsafe } from "../../base/text/unsafe";
import { type PromoteRelease, promoteRelease } from "../../gitops/release/promoteRelease";
import type { EarlierImage } from "../../gitops/release/wanted";
import type { Registries } from "../../images/registries";
import type { ReleaseTools } from "../../images/types";
import { IMAGE_CLASSES } from "../../domain/image/imageClass";
import type { StageOutputs } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import { promoteOne, requestOf, type RequestOptions } from "../image/promote";
import { releaseTools, withRegistries } from "../image/context";
import type { Io } from "../io";
import {
  formatOption,
  lockOption,
  outputsOption,
  printResult,
  projectOption,
  trustedRootOption,
  withSignerOptions,
} from "../options";
import { readStageOutputs } from "../stageOutputs";
import { GIT_EXITS, namedStage, requireGitOps } from "./context";
import { releaseText } from "./releaseText";

const declare = (command: Command) =>
  withSignerOptions(
    command
      .requiredOption("--release <name>", "the release, as gitops.releases of Pulumi.yaml names it")
      .requiredOption("--from <stage>", "the stage that deploys it, or another name of it, such as e2e")
      .addOption(new Option("--to <stage>", "the next stage (default: that of the outputs)"))
      .addOption(outputsOption("the target stage's outputs, which name the stage before"))
      .option("--find-only", "promote no image: refuse what is not in the target stage yet")
      .option("--dry-run", "say what would be asked for, and ask for nothing; promotes no image either")
      .option("--sign-offs <file...>", "signed sign-offs, where the stage asks for any; or github")
      .option("--scan <file...>", "scans made since the publication")
      .option("--vex <file...>", "signed OpenVEX statements on findings that the scans hide")
      .addOption(lockOption())
      .addOption(projectOption()),
  )
    .addOption(trustedRootOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", GIT_EXITS);

export type GitOpsPromoteOptions = OptionsOf<typeof declare>;

/** Images on their way at a time; their blobs share one limit of their own. */
const PARALLEL = 4;

/**
 * Promotes what a stage deploys to the next one: images first, then one request to the GitOps repository.
 *
 * @returns 0; a refusal is thrown, and nothing was asked for then
 */
async function run(options: GitOpsPromoteOptions, io: Io): Promise<ExitCode> {
  const config = requireGitOps(options.project);
  const outputs = readStageOutputs(options.outputs, io, () => IMAGE_CLASSES);
  const { stages, stage, stageBefore } = outputs;
  const [from, to] = [namedStage(options.from, stages), namedStage(options.to ?? stage, stages)];
  if (to !== stage) {
    throw new DualRegistryError("USAGE", `--to ${to}, and the outputs are of ${stage}; give the outputs of ${to}`);
  }
  if (stageBefore === undefined) {
    throw new DualRegistryError(
      "USAGE",
      `The outputs of ${stage} name no stage before; set dual-registry:before in Pulumi.${stage}.yaml`,
    );
  }
  const tools = await releaseTools(options, io);
  const line = (text: string): void => {
    io.stderr.write(`${escapeUnsafe(text)}\n`);
  };
  return withRegistries<ExitCode>(io, async (registries) => {
    const makes = options.findOnly !== true && options.dryRun !== true;
    const input: PromoteRelease = {
      ...{ config, release: options.release, from, registries, env: io.env },
      outputs: { ...outputs, stageBefore },
      context: { verifier: tools.verifier, now: io.now(), exceptions: config.exceptions },
      bring: makes ? (images) => bringImages(images, outputs, options, { registries, tools, io }) : undefined,
      ...defined({ dryRun: options.dryRun }),
      onWait: line,
      onStep: (step) => line(`${options.release}: ${step}`),
    };
    printResult(io, options.format, await promoteRelease(input), releaseText);
    return 0;
  });
}

export const promote = defineCommand(declare, run);

/** Promotes images as `dualreg image promote` does; each is a transaction of its own. */
async function bringImages(
  images: readonly EarlierImage[],
  outputs: StageOutputs,
  options: GitOpsPromoteOptions,
  tools: { registries: Registries; tools: ReleaseTools; io: Io },
): Promise<void> {
  const requests = await allSettled(
    images.map(({ image, digest, version, registry }) => {
      const { signOffs, scan, vex, lock } = options;
      const own: RequestOptions = { lock, version, fromType: registry.kind, ...defined({ signOffs, scan, vex }) };
      return requestOf({ image, reference: digest }, outputs, own, tools);
    }),
  );
  const run = limiter(PARALLEL);
  const named = { outputs, outputsFile: options.outputs };
  const results = await allSettled(
    requests.map((request) => run(() => promoteOne(request, named, tools.io, requests.length > 1))),
  );
  const refused = results.flatMap(({ repository, failure }) =>
    failure === undefined ? [] : failure.lines.map((why) => `${repository}: ${why}`),
  );
  for (const command of results.flatMap(({ lockWith = [] }) => lockWith)) {
    tools.io.stderr.write(`not locked yet: ${escapeUnsafe(command)}\n`);
  }
  if (refused.length === 0) return;
  throw new DualRegistryError("GATE_REFUSED", ["Not promoted, and nothing was asked for:", ...refused].join("\n"));
}
