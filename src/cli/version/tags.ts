import type { Command } from "@commander-js/extra-typings";
import type { ExitCode } from "../../base/errors";
import { terminalTable } from "../../base/text/table";
import { escapeUnsafe } from "../../base/text/unsafe";
import { listVersions, type VersionList } from "../../domain/flow/versionList";
import { readTags } from "../../versions/repository";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, projectOption } from "../options";
import { cloneOf, readVersionContext } from "./context";

const declare = (command: Command) => command.addOption(projectOption()).addOption(formatOption("text", "json"));

const SHORT = 12;

/** The tags for people. */
function tagsText({ versions, branches, others }: VersionList): string {
  const rows = [
    ...versions.map(({ tag, commit, kind, release, released, stages }) => {
      const of = kind === "release" ? "" : ` of ${release}${released ? "" : ", not released"}`;
      return [tag, commit.slice(0, SHORT), `${kind}${of}`, stages.join(", ")];
    }),
    ...branches.map(({ tag, commit, form, release }) => [tag, commit.slice(0, SHORT), `${form} of ${release}`, ""]),
  ];
  const lines = rows.length === 0 ? ["No tag is a version"] : terminalTable(rows);
  const rest = others.map(({ tag, why }) => `  ${escapeUnsafe(tag)}: ${why}`);
  return `${[...lines, ...(rest.length === 0 ? [] : ["", "Other tags:", ...rest])].join("\n")}\n`;
}

/**
 * Lists the versions that the clone has tags of, and what else is tagged.
 *
 * @returns 0
 * @throws DualRegistryError USAGE where the project stands in no clone
 */
async function run(options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { scheme } = readVersionContext(options, io);
  const list = listVersions(await readTags(await cloneOf(options, io)), scheme);
  printResult(io, options.format, list, tagsText);
  return 0;
}

export const tags = defineCommand(declare, run);
