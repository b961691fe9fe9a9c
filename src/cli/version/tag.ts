import type { Command } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { utcTime } from "../../base/time";
import { branchOf, branchVersion } from "../../domain/image/branchVersion";
import { coreOf, prefixProblem } from "../../domain/image/version";
import { commitOf, makeTag } from "../../versions/repository";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, projectOption } from "../options";
import { cloneOf, readVersionContext, type VersionContext } from "./context";

const declare = (command: Command) =>
  command
    .argument("<version>", "the version that is worked on, with the product's prefix or without: 1.2.3")
    .requiredOption("--branch <name>", "the branch, or its ref as a platform names it, such as refs/heads/main")
    .option("--commit <sha>", "the commit that is built, whole or its first digits, six at least")
    .option("--created <time>", "when it is built, in ISO 8601 (default: now)")
    .option("--git-tag", "also make it an annotated tag of that commit in this clone, to be pushed")
    .addOption(projectOption())
    .addOption(formatOption("text", "json"));

type TagOptions = OptionsOf<typeof declare>;

/**
 * Prints the version of what is built of a branch, by the table `branches` of Pulumi.yaml; and tags its commit with it.
 *
 * @returns 0, or 1 where the branch has no rule, the commit gives no version, or the tag cannot be made
 * @throws DualRegistryError USAGE for what is no version, branch, commit or time
 */
async function run(version: string, options: TagOptions, io: Io): Promise<ExitCode> {
  const { branch: named, commit, created, format } = options;
  const refuse = (what: string, value: string, allowed: string): never => {
    throw new DualRegistryError("USAGE", `${what} ${quoted(value)} is not allowed; allowed: ${allowed}`);
  };
  const context = readVersionContext(options, io);
  const { scheme, branches: rules } = context;
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
  const gitTag = options.gitTag === true ? await tagBranch(made, branch, context, options, io) : undefined;
  printResult(io, format, { ...made, branch, ...(gitTag && { gitTag }) }, () => `${made.version}\n`);
  return 0;
}

export const tag = defineCommand(declare, run);

/** Makes the tag of a branch's version in the clone. @throws DualRegistryError USAGE, NOT_FOUND, GATE_REFUSED */
async function tagBranch(
  { version, rule }: { version: string; rule: { version: string } },
  branch: string,
  { gated }: VersionContext,
  options: TagOptions,
  io: Io,
): Promise<{ commit: string; made: boolean; push: string }> {
  if (gated && rule.version === "release") {
    const what = `${version} would be the git tag of a release, which its sign-offs let through`;
    throw new DualRegistryError("GATE_REFUSED", `${what}; ask for it: dualreg release request ${version}`);
  }
  if (options.commit === undefined) {
    throw new DualRegistryError("USAGE", "--git-tag tags the commit that is built; give --commit");
  }
  const clone = await cloneOf(options, io);
  const commit = await commitOf(clone, options.commit);
  if (commit === undefined) {
    const what = `Commit ${quoted(options.commit)} is not known here, or begins as several do`;
    throw new DualRegistryError("NOT_FOUND", `${what}; fetch it, or give more of it`);
  }
  const made = await makeTag(clone, version, commit, `${version} of ${branch}`);
  const push = `git push origin refs/tags/${version}`;
  io.stderr.write(`${made ? "Tagged" : "Tagged before"}: ${version} at ${commit}; push it: ${push}\n`);
  return { commit, made, push };
}
