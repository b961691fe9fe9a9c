import { createRequire } from "node:module";
import { type Command, Option } from "commander";
import { ADOPTION_FORMATS } from "../adopt/compare";
import type * as AdoptRun from "./adoptRun";

/** Loads a module when it is needed; `import()` would go past the loader that reads TypeScript. */
const load = createRequire(__filename);

const EXITS = `
It only reads: the registries over Azure Resource Manager (role Reader), the stage by an offline preview.
Credentials: Azure's, by OIDC in a workflow, a machine's own, or "az login".
Exit codes: 0 nothing would change, 1 something would change, differs or would fail, 2 wrong usage, configuration, login`;

/** Adds `dualreg adopt`. */
export function addAdopt(program: Command): void {
  program
    .command("adopt")
    .description("say, before the import, what taking over a stage's existing registries would change and keep")
    .requiredOption("--stage <name>", "the stage whose file says mode: adopt")
    .addOption(new Option("--format <format>", "how to print it").choices(ADOPTION_FORMATS).default("table"))
    .addOption(new Option("--cloud <cloud>", "Azure's cloud").choices(["io", "cn", "us"]).default("io"))
    .option("--project <dir>", "the folder of Pulumi.yaml", ".")
    .addHelpText("after", EXITS)
    .action(async (options: AdoptRun.AdoptOptions) => {
      const { runAdopt } = load("./adoptRun") as typeof AdoptRun;
      process.exitCode = await runAdopt(options, process);
    });
}
