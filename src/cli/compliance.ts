import { createRequire } from "node:module";
import { type Command, Option } from "commander";
import type { ReportFormat } from "../reports";
import type * as ComplianceRun from "./complianceRun";

/** Loads a module when it is needed; `import()` would go past the loader that reads TypeScript. */
const load = createRequire(__filename);

/** As `FORMATS` of the renderers, which are loaded only when the command runs. */
export const REPORT_FORMATS: readonly ReportFormat[] = [
  ...(["table", "json", "markdown", "html", "sarif"] as const),
  ...(["oscal", "oscal-plan", "oscal-component"] as const),
];

/** What the user asked for. */
export interface ComplianceOptions {
  stage?: string[];
  outputs?: string[];
  since?: string;
  format: ReportFormat;
  out?: string;
  project: string;
}

const EXITS = `
Without --outputs the stages are previewed: no cloud, no login and no Pulumi CLI is needed. SOURCE_DATE_EPOCH, in
seconds, sets the moment of the report.
Exit codes: 0 no mandatory control fails, 1 one does, 2 wrong usage, configuration or file`;

/** Adds `dualreg compliance`. */
export function addCompliance(program: Command): void {
  program
    .command("compliance")
    .description("what each control says of the stages, as planned or as deployed, with evidence")
    .option("--stage <name...>", "only these stages (default: every stage that has a file)")
    .option(
      "--outputs <file...>",
      "what `pulumi stack output --json` wrote, a file for each stage; - is standard input",
    )
    .option("--since <file>", "say what changed since this former JSON report or outputs file")
    .addOption(new Option("--format <format>", "how to show it").choices(REPORT_FORMATS).default("table"))
    .option("--out <file>", "write it there and print the file's name")
    .option("--project <dir>", "the folder of Pulumi.yaml", ".")
    .addHelpText("after", EXITS)
    .action(async (options: ComplianceOptions) => {
      const { runCompliance } = load("./complianceRun") as typeof ComplianceRun;
      process.exitCode = await runCompliance(options, process);
    });
}
