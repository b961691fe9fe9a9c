import { createRequire } from "node:module";
import { type Command, Option } from "commander";
import type * as NotifyRun from "./notifyRun";

/** Loads a module when it is needed; `import()` would go past the loader that reads TypeScript. */
const load = createRequire(__filename);

const EXITS = `
Login: GITHUB_TOKEN or GH_TOKEN (Issues: write), at GITHUB_API_URL (default https://api.github.com).
DUALREG_NOTIFY_URL: an https address that is told as well, by a POST of JSON with title, text and lines.
Exit codes: 0 told, 1 the issue says so and the address was not told, 2 wrong usage, login, or no answer of GitHub`;

/** Adds `dualreg notify`. */
export function addNotify(program: Command): void {
  program
    .command("notify")
    .description("tell people: one issue for each title, opened or brought up to date, and a webhook")
    .requiredOption("--title <line>", "what it is about; the same title is the same issue")
    .requiredOption("--body <markdown>", "what happened, and what to do")
    .option("--repo <owner/name>", "the repository on GitHub (default: GITHUB_REPOSITORY)")
    .addOption(new Option("--format <format>", "how to print the result").choices(["text", "json"]).default("text"))
    .addHelpText("after", EXITS)
    .action(async (options: NotifyRun.NotifyOptions) => {
      const { runNotify } = load("./notifyRun") as typeof NotifyRun;
      process.exitCode = await runNotify(options, process);
    });
}
