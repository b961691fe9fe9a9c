import { type Command, Option } from "@commander-js/extra-typings";
import type { ExitCode } from "../../base/errors";
import { candidateAfter, nextCandidateOf, nextVersion, type VersionStep } from "../../domain/flow/nextMove";
import { sortVersions, type VersionScheme } from "../../domain/image/version";
import { readTags } from "../../versions/repository";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, projectOption } from "../options";
import { readTagList } from "../tagList";
import { cloneOf, readVersionContext } from "./context";

const declare = (command: Command) =>
  command
    .option("--candidate", "the next candidate: of the version that has one and is not released, else of the next one")
    .addOption(new Option("--patch", "one patch further (default)").conflicts(["minor", "major"]))
    .addOption(new Option("--minor", "one minor version further").conflicts(["patch", "major"]))
    .addOption(new Option("--major", "one major version further").conflicts(["patch", "minor"]))
    .option(
      "--from-tags <file>",
      "go by these tags in the place of git's: a line each, or a registry's list of tags as JSON (- for standard input)",
    )
    .addOption(projectOption())
    .addOption(formatOption("text", "json"));

/** How far the options go; undefined where none says. */
export function stepOption({
  patch,
  minor,
  major,
}: {
  patch?: true;
  minor?: true;
  major?: true;
}): VersionStep | undefined {
  if (major) return "major";
  if (minor) return "minor";
  return patch ? "patch" : undefined;
}

/**
 * Prints the next version, by what is there: tags of the clone, or of a registry.
 *
 * @returns 0
 * @throws DualRegistryError USAGE where the project stands in no clone, CONTENT_INVALID for a list that is none
 */
async function run(options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { scheme } = readVersionContext(options, io);
  const { fromTags } = options;
  const tags =
    fromTags === undefined
      ? (await readTags(await cloneOf(options, io))).map(({ name }) => name)
      : readTagList(fromTags);
  const version = nextOf(tags, scheme, options);
  const [newest] = sortVersions(tags, scheme);
  const data = { version, after: newest?.tag ?? null, from: fromTags === undefined ? "git" : "list" };
  printResult(io, options.format, data, () => `${version}\n`);
  return 0;
}

function nextOf(tags: readonly string[], scheme: VersionScheme, options: OptionsOf<typeof declare>): string {
  const step = stepOption(options);
  if (options.candidate !== true) return nextVersion(tags, scheme, step);
  return step === undefined
    ? nextCandidateOf(tags, scheme)
    : candidateAfter(nextVersion(tags, scheme, step), tags, scheme);
}

export const next = defineCommand(declare, run);
