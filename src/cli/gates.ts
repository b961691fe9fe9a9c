import type { Command } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { type DecodedStage, readStages } from "../config";
import { elsewhereText } from "../domain/identity/environments";
import { planStage } from "../domain/plan/planStage";
import { renderGatesReview, reviewGates, wantedGates } from "../gates";
import { githubFromEnvironment, readRepositoryName } from "../github/client";
import { readOutputs } from "../outputs";
import { readProjectFile } from "../project";
import { defineCommand, type OptionsOf } from "./command";
import type { Io } from "./io";
import { formatOption, projectOption } from "./options";

const EXITS = `
It only reads. GITHUB_TOKEN needs Actions: read and Metadata: read; Environments: read for variables; Administration:
write to see who passes rulesets, which GitHub tells nobody else. What the login may not see is "unknown": neither as
planned nor changed, and no difference unless --strict says so.
Exit codes: 0 as the plan says, 1 a difference, 2 wrong usage, configuration, login, or no answer`;

const declare = (command: Command) =>
  command
    .option("--stage <name...>", "only the environments of these stages (default: every stage that has a file)")
    .option("--outputs <file...>", "outputs of deployed stages, for the values of variables that only Azure knows")
    .option("--repo <owner/name>", "the repository (default: github:owner and product.repository of the files)")
    .option("--strict", "what the login may not see is a difference too")
    .addOption(formatOption("table", "json", "markdown"))
    .addOption(projectOption())
    .addHelpText("after", EXITS);

export type GatesReviewOptions = OptionsOf<typeof declare>;

export const gatesReview = defineCommand(declare, run);

/**
 * Compares environments, rulesets and the subject of tokens on GitHub with what the project's files plan.
 *
 * @returns 0, or 1 where anything differs
 * @throws DualRegistryError with exit code 2 where anything cannot be read: a part is no review
 */
async function run(options: GatesReviewOptions, io: Io): Promise<ExitCode> {
  const stages = readStages(readProjectFile(resolve(io.cwd, options.project)), undefined);
  const configs = stages.map(configOf);
  const off = configs.find(({ gates }) => gates.elsewhere !== undefined)?.gates.elsewhere;
  if (off) {
    io.stdout.write(options.format === "json" ? "null\n" : `Gates are off: ${elsewhereText(off)}\n`);
    return 0;
  }
  const named = options.stage ?? stages.map(({ stage }) => stage);
  checkNamed(named, stages);
  const outputs = (options.outputs ?? []).map(readOutputs);
  const wanted = wantedGates(configs.map(planStage), outputs);
  const github = githubFromEnvironment(io.env, repositoryOf(options, stages), (line) => io.stderr.write(`${line}\n`));
  const review = await reviewGates(github, wanted, { stages: named, now: io.now() }).catch(notReviewed);
  io.stdout.write(renderGatesReview(review, options.format));
  return review.differences > 0 || (options.strict === true && review.unknown > 0) ? 1 : 0;
}

function configOf({ config, problems }: DecodedStage): NonNullable<DecodedStage["config"]> {
  if (config !== undefined) return config;
  throw new DualRegistryError("CONFIG_INVALID", problems.join("\n"));
}

function checkNamed(named: readonly string[], stages: readonly DecodedStage[]): void {
  const known = stages.map(({ stage }) => stage);
  const strange = named.filter((name) => !known.includes(name));
  if (strange.length === 0) return;
  throw new DualRegistryError("USAGE", `--stage ${strange.join(", ")}: no such stage; allowed: ${known.join(", ")}`);
}

/** The repository that is named, or that of the stage files. @throws DualRegistryError USAGE where they name no one */
export function repositoryOf({ repo }: { repo?: string | undefined }, stages: readonly DecodedStage[]) {
  if (repo !== undefined) return readRepositoryName(repo, "--repo");
  const owners = new Set(stages.flatMap(({ owner }) => (owner === undefined ? [] : [owner])));
  const [owner] = owners;
  if (owner !== undefined && owners.size === 1) {
    return { owner, name: stages.find(({ config }) => config)?.config?.product.repository ?? "" };
  }
  const found = owners.size === 0 ? "no stage file has one" : [...owners].join(", ");
  throw new DualRegistryError("USAGE", `github:owner: ${found}; name the repository: --repo owner/name`);
}

/** Exit code 1 says "different": what cannot be read is another thing. */
function notReviewed(error: unknown): never {
  if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
  throw new DualRegistryError("GITHUB_UNAVAILABLE", `Nothing was compared: ${error.message}`, { cause: error });
}
