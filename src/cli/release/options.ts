import { Option, type Command } from "commander";

/** What every command's exit code means, and where its login comes from. */
const EXITS = `
Login: GITHUB_TOKEN or GH_TOKEN, at GITHUB_API_URL (default https://api.github.com).
Exit codes: 0 fine, 1 a refusal, 2 wrong usage, configuration, login, or no answer`;

/** What all commands of the release flow take. */
export interface FlowOptions {
  project: string;
  repo?: string;
  workflow: string;
  format: "text" | "json";
}

/** Options of the commands that look at one step. */
export interface StepOptions extends FlowOptions {
  to?: string;
  version?: string;
  commit?: string;
  branch?: string;
  since?: string;
}

/** Adds what all commands of the release flow take. */
export function addFlowOptions(
  command: Command,
  workflow: string,
  formats: readonly string[] = ["text", "json"],
): Command {
  return command
    .option("--project <folder>", "the folder of Pulumi.yaml, which says who signs off", ".")
    .option("--repo <owner/name>", "the repository on GitHub (default: github:owner and product.repository)")
    .option("--workflow <file>", "the workflow in which candidates are signed off", workflow)
    .addOption(new Option("--format <format>", "how to print the result").choices([...formats]).default("text"))
    .addHelpText("after", EXITS);
}

/** Adds what the commands take that look at one step. */
export function addStepOptions(command: Command): Command {
  return command
    .addOption(new Option("--to <stage>", "the stage, for a candidate or beta").choices(["qa", "uat", "prod"]))
    .option("--version <version>", "what a release is called at uat (default: <version>-uat)")
    .option("--commit <sha>", "the commit to be tagged (default: the tag's, that of the stage before, or the newest)")
    .option("--branch <name>", "the release branch (default: the one that the commit lies on, else the newest)")
    .option("--since <ref>", "where a first release begins, for its authors (default: the first commit)");
}
