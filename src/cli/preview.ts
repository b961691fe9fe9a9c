import { createRequire } from "node:module";
import { type Command, Option } from "commander";
import type { Format } from "../preview/render";
import type * as PreviewRun from "./previewRun";

/** Loads a module when it is needed; `import()` would go past the loader that reads TypeScript. */
const load = createRequire(__filename);

/** What the user asked for. */
export interface PreviewOptions {
  stage?: string[];
  format: Format;
  out?: string;
  base?: string;
  baseOrEmpty?: true;
  allowReplace?: true;
  project: string;
  color: "auto" | "always" | "never";
}

/** Adds `dualreg preview`. */
export function addPreview(program: Command): void {
  program
    .command("preview")
    .description("show what the stages would provision, without a cloud, a login or the Pulumi CLI")
    .option("--stage <name...>", "only these stages (default: every stage that has a file)")
    .addOption(
      new Option("--format <format>", "how to show it").choices(["tree", "json", "markdown", "html"]).default("tree"),
    )
    .option("--out <dir>", "write one file for each stage there and print their names")
    .option("--base <ref>", "show what changes against this branch, tag or commit")
    .option("--base-or-empty", "take a base that cannot be used for empty, with a warning")
    .option("--allow-replace", "accept that an unprotected registry or token is replaced or deleted")
    .option("--project <dir>", "the folder of Pulumi.yaml", ".")
    .addOption(new Option("--color <when>", "colours").choices(["auto", "always", "never"]).default("auto"))
    .addHelpText("after", EXITS)
    .action(async (options: PreviewOptions) => {
      const { runPreview } = load("./previewRun") as typeof PreviewRun;
      process.exitCode = await runPreview(options, process);
    });
}

const EXITS = `
Exit codes: 0 fine, 1 a change that is refused or must be looked at, 2 wrong usage, configuration or base`;
