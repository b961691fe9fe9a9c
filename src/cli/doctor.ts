import type { Command } from "@commander-js/extra-typings";
import { defined } from "../base/defined";
import type { ExitCode } from "../base/errors";
import { examine } from "../doctor/examine";
import { reportJson, reportText } from "../doctor/finding";
import { makeProbe } from "../doctor/probe";
import { recordStages } from "../preview/record/recordStages";
import { readProjectFile } from "../project";
import { defineCommand, type OptionsOf } from "./command";
import { type Io, showsColors } from "./io";
import { formatOption, projectOption } from "./options";

const EXITS = `
It only asks questions: nothing is changed, and no secret is asked for or shown.
Exit codes: 0 nothing stands in the way, 1 a problem, 2 wrong usage or a project that cannot be read`;

const declare = (command: Command) =>
  command
    .option("--stage <name>", "only this stage (default: every stage that has a file)")
    .addOption(formatOption("text", "json"))
    .addOption(projectOption())
    .addHelpText("after", EXITS);

/**
 * Examines the project and prints what was found.
 *
 * @returns 0, or 1 where there is a problem
 * @throws DualRegistryError where the project or the stage cannot be read
 */
async function run({ project: dir, stage, format }: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { env, nodeVersion } = io;
  const project = readProjectFile(dir);
  const probe = makeProbe({ cwd: project.root, env });
  const findings = await examine({ project, ...defined({ stage }), nodeVersion, env, probe, record: recordStages });
  io.stdout.write(format === "json" ? reportJson(findings) : reportText(findings, showsColors(io)));
  return findings.some(({ status }) => status === "problem") ? 1 : 0;
}

export const doctor = defineCommand(declare, run);
