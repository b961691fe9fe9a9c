import type { Command } from "@commander-js/extra-typings";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ExitCode } from "../base/errors";
import { mergeSettings, readProjectFile } from "../project";
import { defineCommand, type OptionsOf } from "./command";
import type { Io } from "./io";
import { formatOption, printResult, projectOption } from "./options";

const declare = (command: Command) =>
  command
    .argument("<folder>", "another copy of the project, such as a branch of somebody's")
    .requiredOption("--out <folder>", "where the project's files are written, made where it is not there")
    .addOption(projectOption())
    .addOption(formatOption("text", "json"));

/**
 * Writes this project's files with the settings of another copy over its own, and nothing else of it: what a preview of a
 * branch needs that is to run this project's program.
 *
 * @returns 0
 * @throws DualRegistryError CONFIG_INVALID where a file of either does not read, or moves something encrypted
 */
async function run(folder: string, options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { files, left } = mergeSettings(readProjectFile(options.project), folder);
  for (const { name, text } of files) {
    const path = join(options.out, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const names = files.map(({ name }) => name);
  printResult(io, options.format, { files: names, left }, () =>
    [...names.map((name) => `WRITTEN ${name}`), ...left.map((line) => `LEFT ${line}`)]
      .map((line) => `${line}\n`)
      .join(""),
  );
  return Promise.resolve(0);
}

export const configImport = defineCommand(declare, run);
