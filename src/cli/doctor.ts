import { createRequire } from "node:module";
import { type Command, Option } from "commander";
import { FORMATS, type ReportFormat } from "../doctor/finding";
import type * as DoctorRun from "./doctorRun";

/** Loads a module when it is needed; `import()` would go past the loader that reads TypeScript. */
const load = createRequire(__filename);

/** What the user asked for. */
export interface DoctorOptions {
  stage?: string;
  format: ReportFormat;
  project: string;
}

/** Adds `dualreg doctor`. */
export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("look whether everything is there that `pulumi up` needs, and say what to do where it is not")
    .option("--stage <name>", "only this stage (default: every stage that has a file)")
    .addOption(new Option("--format <format>", "how to show it").choices(FORMATS).default("text"))
    .option("--project <dir>", "the folder of Pulumi.yaml", ".")
    .addHelpText("after", EXITS)
    .action(async (options: DoctorOptions) => {
      const { runDoctor } = load("./doctorRun") as typeof DoctorRun;
      process.exitCode = await runDoctor(options, process);
    });
}

const EXITS = `
It only asks questions: nothing is changed, and no secret is asked for or shown.
Exit codes: 0 nothing stands in the way, 1 a problem, 2 wrong usage or a project that cannot be read`;
