import type { Command } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { rollbackTarget } from "../../domain/flow/versionList";
import { lastStage } from "../../domain/stage";
import { readTags } from "../../versions/repository";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, projectOption } from "../options";
import { cloneOf, readVersionContext } from "./context";

const declare = (command: Command) =>
  command
    .option("--to <version>", "the release to go back to (default: the newest whole one before the newest)")
    .addOption(projectOption())
    .addOption(formatOption("text", "json"));

/**
 * The commands by which a release is gone back to. Source: docs/release-flow.md, "A hotfix, a rollback, and break-glass".
 *
 * @param gated whether GitHub signs releases off
 */
function commandsOf(tag: string, stage: string, gated: boolean): string[] {
  const verify = `dualreg image verify <repository>:${tag} --outputs ${stage}.json --digest <digest>`;
  if (!gated) return [verify];
  const start = `gh workflow run release.yml --ref main -f tag=${tag} -f rollback=true`;
  return [`dualreg release check ${tag} --taken`, verify, start];
}

/**
 * Says which release a rollback goes to, and by which commands. It moves and deletes no tag, and changes nothing.
 *
 * @returns 0, or 1 where there is no release to go back to
 */
async function run(options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { scheme, gated } = readVersionContext(options, io);
  const found = rollbackTarget(await readTags(await cloneOf(options, io)), scheme, options.to);
  if ("problem" in found) throw new DualRegistryError("GATE_REFUSED", `Rollback: ${found.problem}`);
  const { from, to, passedOver } = found;
  const stage = lastStage(scheme.stages);
  const commands = commandsOf(to.name, stage, gated);
  const then = "then let the GitOps repository name the digests of that version, by a reviewed pull request";
  printResult(io, options.format, { from, version: to.name, commit: to.commit, passedOver, commands }, () =>
    [
      `${stage}: back from ${from} to ${to.name} at ${to.commit}`,
      ...passedOver.map(({ tag, why }) => `  not ${tag}: ${why}`),
      ...commands.map((command) => `  ${command}`),
      `  ${then}`,
      "",
    ].join("\n"),
  );
  return 0;
}

export const rollback = defineCommand(declare, run);
