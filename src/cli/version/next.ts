import { type Command, Option } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { isObject, listOf, parseJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { candidateAfter, nextCandidateOf, nextVersion, type VersionStep } from "../../domain/flow/nextMove";
import { sortVersions, type VersionScheme } from "../../domain/image/version";
import { readTags } from "../../versions/repository";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, projectOption } from "../options";
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

/** Bytes of the longest list of tags. */
const MAX_TAGS = 32 * 1024 * 1024;

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
 * Tags of a list that somebody else wrote. Source: OCI distribution specification 1.1, "Listing Tags".
 *
 * @throws DualRegistryError CONTENT_INVALID, USAGE
 */
function readTagList(file: string): string[] {
  const bytes = readBounded(file, MAX_TAGS);
  const text = bytes.toString("utf8");
  if (!/^\s*[{[]/.test(text)) return text.split(/\r?\n/).filter((line) => line !== "");
  const json = parseJson(bytes, `Tags ${quoted(file)}`);
  const tags = isObject(json) ? json["tags"] : json;
  const names = listOf(tags).filter((name) => typeof name === "string");
  if (Array.isArray(tags) && names.length === tags.length) return names;
  const allowed = 'allowed: a list of tags, or { "name": ..., "tags": [...] }';
  throw new DualRegistryError("CONTENT_INVALID", `Tags ${quoted(file)}: no list of texts; ${allowed}`);
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
