import type { Command } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { quoted } from "../base/text/quote";
import { utcTime } from "../base/time";
import { readSharedConfig } from "../config";
import { branchOf, branchVersion } from "../domain/image/branchVersion";
import { coreOf, prefixProblem } from "../domain/image/version";
import { readProjectFile } from "../project";
import { defineCommand, type OptionsOf } from "./command";
import type { Io } from "./io";
import { formatOption, printResult, projectOption } from "./options";

const declare = (command: Command) =>
  command
    .argument("<version>", "the version that is worked on, with the product's prefix or without: 1.2.3")
    .requiredOption("--branch <name>", "the branch, or its ref as a platform names it, such as refs/heads/main")
    .option("--commit <sha>", "the commit that is built, whole or its first digits, six at least")
    .option("--created <time>", "when it is built, in ISO 8601 (default: now)")
    .addOption(projectOption())
    .addOption(formatOption("text", "json"));

/**
 * Prints the version of what is built of a branch, by the table `branches` of Pulumi.yaml.
 *
 * @returns 0, or 1 where the branch has no rule or the commit gives no version
 * @throws DualRegistryError USAGE for what is no version, branch, commit or time
 */
async function run(
  version: string,
  { branch: named, commit, created, project, format }: OptionsOf<typeof declare>,
  io: Io,
): Promise<ExitCode> {
  const refuse = (what: string, value: string, allowed: string): never => {
    throw new DualRegistryError("USAGE", `${what} ${quoted(value)} is not allowed; allowed: ${allowed}`);
  };
  const { branches: rules, ...config } = readSharedConfig(readProjectFile(project));
  const scheme = { stages: config.stages, versionPrefix: config.product.versionPrefix };
  const core = coreOf(version, scheme);
  if (core === undefined) {
    const otherForm = version.startsWith("v") ? prefixProblem(version, scheme) : undefined;
    if (otherForm !== undefined) throw new DualRegistryError("USAGE", otherForm);
    return refuse("version", version, "three numbers, such as 1.2.3");
  }
  const branch = branchOf(named);
  if (branch === undefined) return refuse("--branch", named, "a branch, such as main or refs/heads/main");
  if (commit !== undefined && !/^[0-9a-f]{6,40}$/.test(commit)) {
    return refuse("--commit", commit, "6 to 40 digits of a commit, 0-9 and a-f");
  }
  const time = created === undefined ? io.now().toISOString() : utcTime(created);
  if (time === undefined) return refuse("--created", created ?? "", "a time, such as 2026-11-01T08:00:00Z");
  const made = branchVersion({ core, branch, commit, createdAt: new Date(time), rules });
  if ("problem" in made) throw new DualRegistryError("GATE_REFUSED", made.problem);
  printResult(io, format, { ...made, branch }, () => `${made.version}\n`);
  return Promise.resolve(0);
}

export const versionTag = defineCommand(declare, run);
