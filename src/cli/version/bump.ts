import { type Command, Option } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { defined } from "../../base/defined";
import { bumpVersion, type BumpRequest } from "../../versions/bump";
import { tagMergedVersion } from "../../versions/mergedVersion";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, projectOption } from "../options";
import { cloneOf, readVersionContext } from "./context";
import { stepOption } from "./next";

const declare = (command: Command) =>
  command
    .argument("[version]", "the new version, such as 1.1.0; with --tag the one that is merged (default: main's)")
    .addOption(new Option("--patch", "one patch further than the chart is").conflicts(["minor", "major", "tag"]))
    .addOption(new Option("--minor", "one minor version further").conflicts(["patch", "major", "tag"]))
    .addOption(new Option("--major", "one major version further").conflicts(["patch", "minor", "tag"]))
    .option("--chart <file>", "Chart.yaml below the project's folder", "deploy/Chart.yaml")
    .option("--tag", "once the bump is merged: tag the commit by which it came to main, <chart>-v1.1.0")
    .option("--main <branch>", "with --tag: main as this clone has fetched it", "origin/main")
    .addOption(projectOption())
    .addOption(formatOption("text", "json"));

type BumpOptions = OptionsOf<typeof declare>;

/**
 * Brings the chart and package.json to another version, in a commit on a branch of its own; or tags what was merged.
 *
 * @returns 0, also where an earlier run had done it
 * @throws DualRegistryError USAGE, NOT_FOUND, CONTENT_INVALID, GATE_REFUSED; then nothing has changed
 */
async function run(version: string | undefined, options: BumpOptions, io: Io): Promise<ExitCode> {
  const { scheme } = readVersionContext(options, io);
  const clone = await cloneOf(options, io);
  const { chart, main, format } = options;
  if (options.tag === true) {
    const tagged = await tagMergedVersion(clone, { chart, main, ...defined({ version }) }, scheme);
    const push = `git push origin refs/tags/${tagged.tag}`;
    const word = tagged.made ? "TAGGED" : "TAGGED before";
    printResult(
      io,
      format,
      { ...tagged, push },
      () => `${word} ${tagged.tag} at ${tagged.commit}\n  push it: ${push}\n`,
    );
    return 0;
  }
  const bumped = await bumpVersion(clone, { chart, to: wantedOf(version, options) }, scheme);
  const push = `git push --set-upstream origin ${bumped.branch}`;
  const later = "when it is merged: git fetch origin, then dualreg version bump --tag";
  printResult(
    io,
    format,
    { ...bumped, push },
    () =>
      `${bumped.made ? "BUMPED" : "BUMPED before"} ${bumped.from} -> ${bumped.version} on ${bumped.branch}\n` +
      `${bumped.files.map((file) => `  ${file}\n`).join("")}  push it: ${push}\n  ${later}\n`,
  );
  return 0;
}

/** Which version is wanted. @throws DualRegistryError USAGE for none, or two ways at once */
function wantedOf(version: string | undefined, options: BumpOptions): BumpRequest["to"] {
  const step = stepOption(options);
  if (version !== undefined && step === undefined) return { version };
  if (version === undefined && step !== undefined) return { step };
  const why = version === undefined ? "Name the new version" : "Name the version or how far it goes on, not both";
  throw new DualRegistryError("USAGE", `${why}; allowed: a version such as 1.1.0, --patch, --minor or --major`);
}

export const bump = defineCommand(declare, run);
