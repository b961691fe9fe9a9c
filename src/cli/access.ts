import { createRequire } from "node:module";
import { type Command, Option } from "commander";
import { REVIEW_FORMATS } from "../access/review";
import type * as ReviewRun from "./accessRun";
import { outputsOption } from "./image/options";

/** Loads a module when it is needed; `import()` would go past the loader that reads TypeScript. */
const load = createRequire(__filename);

const EXITS = `
Credentials: Azure's, by OIDC in a workflow, a machine's own, or "az login".
Exit codes: 0 as the matrix says, 1 a difference, 2 wrong usage, configuration, login, or no answer`;

/** Adds `dualreg access` and its commands. */
export function addAccess(program: Command): void {
  const access = program.command("access").description("who may do what at a stage's registries");
  access
    .command("review")
    .description("compare role assignments and tokens, as deployed, with the stage's access matrix")
    .requiredOption("--stage <stage>", "the stage under review; the outputs of another one are refused")
    .addOption(outputsOption())
    .option("--others <file...>", "outputs of other stages: the next one's promotion reads from this one")
    .option("--stale-days <days>", "days without a login after which a token is listed as stale", "90")
    .addOption(new Option("--format <format>", "how to print it").choices(REVIEW_FORMATS).default("table"))
    .addHelpText("after", EXITS)
    .action(async (options: ReviewRun.ReviewOptions) => {
      const { runReview } = load("./accessRun") as typeof ReviewRun;
      process.exitCode = await runReview(options, process);
    });
}
