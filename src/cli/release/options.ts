import { type Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { projectOption } from "../options";

/** What every command's exit code means, and where its login comes from. */
const RELEASE_EXITS = `
Login: GITHUB_TOKEN or GH_TOKEN, at GITHUB_API_URL (default https://api.github.com).
Exit codes: 0 fine, 1 a refusal, 2 wrong usage, configuration, login, or no answer`;

/** What {@link withFlowOptions} declares. */
export interface FlowOptions {
  project: string;
  repo?: string;
  workflow: string;
}

/** What {@link withStepOptions} declares. */
export interface StepOptions {
  to?: string;
  version?: string;
  commit?: string;
  branch?: string;
  since?: string;
}

/** Adds what all commands of the release flow take. */
export const withFlowOptions = <Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) =>
  command
    .addOption(projectOption())
    .option("--repo <owner/name>", "the repository on GitHub (default: github:owner and product.repository)")
    .option("--workflow <file>", "the workflow in which candidates are signed off", "tag.yml")
    .addHelpText("after", RELEASE_EXITS);

/** Adds what the commands take that look at one step. */
export const withStepOptions = <Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) =>
  command
    .option("--to <stage>", "the stage, for a candidate or beta (default: where gates begin)")
    .option("--version <version>", "what a release is called at the stage before (default: its tag there)")
    .option("--commit <sha>", "the commit to be tagged (default: the tag's, that of the stage before, or the newest)")
    .option("--branch <name>", "the release branch (default: the one that the commit lies on, else the newest)")
    .option("--since <ref>", "where a first release begins, for its authors (default: the first commit)");

export const imagesOutputsOption = () =>
  new Option("--outputs <file>", "the outputs of the stage before: compare with what is in its registries now");

export const imageOption = () =>
  new Option("--image <image...>", "just these images: repository@digest").conflicts(["outputs", "imagesFile"]);

/** Lines of a file that somebody else wrote never become words of a command line. */
export const imagesFileOption = () =>
  new Option(
    "--images-file <file>",
    "just these images: a file with a line repository@digest for each (- for standard input)",
  ).conflicts(["outputs"]);
