import { createRequire } from "node:module";
import type { Command } from "commander";
import { EXITS, formatOption } from "../image/options";
import type * as LoginRun from "./login";
import type * as SmokeRun from "./smoke";

/** Loads a module when it is needed; `import()` would go past the loader that reads TypeScript. */
const load = createRequire(__filename);

/** Adds `dualreg registry` and its commands. */
export function addRegistry(program: Command): void {
  const registry = program.command("registry").description("log in to a registry, and see whether it works");
  registry
    .command("login")
    .description("try a login and keep it where Docker keeps its own")
    .argument("<host>", "the registry's host, with its port where it has one")
    .option("--username <name>", "whose password or token comes on standard input")
    .option("--password-stdin", "read the password or token from standard input")
    .addHelpText("after", `\nWithout --username the platform's login is tried, and nothing is kept.\n${EXITS}`)
    .action(async (host: string, options: LoginRun.LoginOptions) => {
      const { runLogin } = load("./login") as typeof LoginRun;
      process.exitCode = await runLogin(host, options, process);
    });
  registry
    .command("smoke")
    .description("log in, push a tiny image, pull it, compare it, and delete it by digest")
    .argument("[repository]", "host/path that may be pushed to, such as registry.example.com/smoke")
    .option("--stage <stage>", "instead: the stage whose access matrix is tried out")
    .option(
      "--as <who>",
      "with --stage: the identity (its name or client id) or token that this process is logged in as",
    )
    .option("--outputs <file>", "with --stage: pulumi stack output --json (- for standard input)")
    .addOption(formatOption())
    .addHelpText("after", EXITS)
    .action(async (repository: string | undefined, options: SmokeRun.SmokeOptions) => {
      const { runSmoke } = load("./smoke") as typeof SmokeRun;
      process.exitCode = await runSmoke(repository, options, process);
    });
}
