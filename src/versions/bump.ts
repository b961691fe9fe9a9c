import { join } from "node:path";
import { gt, inc } from "semver";
import { DualRegistryError } from "../base/errors";
import { tempFolder } from "../base/file";
import { git, gitFailed } from "../base/git";
import { quoted } from "../base/text/quote";
import { type VersionScheme, writeVersion } from "../domain/image/version";
import { bumpChart, MAX_CHART, readChart } from "./chart";
import { type CommittedFile, fileAt, pathBelow } from "./committedFile";
import { chartTag, chartVersion } from "./mergedVersion";
import { bumpLock, bumpPackage, MAX_PACKAGE, readPackageVersion } from "./packageVersion";
import { ask, type Clone, commitOf } from "./repository";

/** What a bump is asked for. */
export interface BumpRequest {
  /** Path of the chart below the project's folder. */
  chart: string;
  /** A version in the product's form or three numbers; or how far the chart's own goes on. */
  to: { version: string } | { step: "patch" | "minor" | "major" };
}

/** What a bump did, or had done before. */
export interface Bumped {
  /** Without a prefix, as the chart has it. */
  version: string;
  from: string;
  branch: string;
  commit: string;
  /** Below the repository's root. */
  files: readonly string[];
  /** False where an earlier run had made it. */
  made: boolean;
}

/** What the names of these branches begin with; `release/` is for releases, whose branches the automation alone makes. */
const BUMP = "bump/";

const branchFor = (version: string, scheme: VersionScheme): string => `${BUMP}${writeVersion(version, scheme)}`;

/**
 * Brings chart and package to another version, in a commit on a branch of its own, and switches to it. The commit is
 * made beside the working tree and its branch is created in one step, so that a run that is killed leaves the branch
 * whole or none; the next one goes on from there.
 *
 * @throws DualRegistryError USAGE for a version that is none, GATE_REFUSED where something stands against it,
 * CONTENT_INVALID for files that are not what they should be, NOT_FOUND for a chart that is not there
 */
export async function bumpVersion(clone: Clone, request: BumpRequest, scheme: VersionScheme): Promise<Bumped> {
  const path = pathBelow(clone, request.chart);
  const head = await commitOf(clone, "HEAD");
  if (head === undefined) throw new DualRegistryError("USAGE", "The repository has no commit yet; make one first");
  const kept = await fileAt(clone, head, path, MAX_CHART);
  if (kept === undefined) {
    throw new DualRegistryError(
      "NOT_FOUND",
      `${quoted(path)} is not in the commit; commit it, or name another --chart`,
    );
  }
  const chart = readChart(kept.text, path);
  const current = await ask(clone, ["rev-parse", "--abbrev-ref", "HEAD"]);
  // On the branch of a bump that is done, one step further is that one.
  const done = current === branchFor(chart.version, scheme);
  const { to } = request;
  const further =
    "step" in to ? (done ? chart.version : inc(chart.version, to.step)) : chartVersion(to.version, scheme);
  const version = further ?? chart.version;
  const branch = branchFor(version, scheme);
  if (chart.version === version && current === branch) {
    const files = (await ask(clone, ["diff", "--name-only", "--no-renames", "-z", `${head}^`, head])).split("\0");
    const before = await fileAt(clone, `${head}^`, path, MAX_CHART);
    const from = before === undefined ? version : readChart(before.text, path).version;
    return { version, from, branch, commit: head, files: files.filter((file) => file !== ""), made: false };
  }
  if (current.startsWith(BUMP)) {
    throw new DualRegistryError("GATE_REFUSED", `${current} is the branch of another bump; switch to main first`);
  }
  await refuseBump(clone, chart, version, scheme);
  const packages = await packageFiles(clone, head, version);
  const appVersion = writeVersion(version, scheme);
  const files = [{ ...kept, text: bumpChart(kept.text, path, { version, appVersion }) }, ...packages];
  const tree = await treeWith(clone, head, files);
  const made = await createBranch(clone, { branch, head, tree, version });
  await switchTo(clone, branch);
  return { version, from: chart.version, branch, ...made, files: files.map((file) => file.path) };
}

/** What stands against a bump before anything is made. @throws DualRegistryError GATE_REFUSED */
async function refuseBump(
  clone: Clone,
  chart: { name: string; version: string },
  version: string,
  scheme: VersionScheme,
): Promise<void> {
  const refuse = (why: string) => new DualRegistryError("GATE_REFUSED", why);
  if (!gt(version, chart.version)) {
    const how =
      version === chart.version ? "has that version already" : `is at ${chart.version}, which is not below it`;
    throw refuse(`Version ${version}: chart ${quoted(chart.name)} ${how}; take a higher one`);
  }
  const tag = chartTag(chart.name, version, scheme);
  if ((await commitOf(clone, `refs/tags/${tag}`)) !== undefined) {
    throw refuse(`Version ${version}: tag ${quoted(tag)} stands already; take the next version`);
  }
  const changed = (await ask(clone, ["status", "--porcelain", "--untracked-files=no", "-z"])).split("\0");
  const [first] = changed.filter((line) => line !== "");
  if (first === undefined) return;
  throw refuse(
    `The working tree has changes, such as of ${quoted(first.slice(3))}; commit them or put them away first`,
  );
}

/** package.json and its lock, where the project has them, at the new version. */
async function packageFiles(clone: Clone, head: string, version: string): Promise<CommittedFile[]> {
  const found = await fileAt(clone, head, `${clone.prefix}package.json`, MAX_PACKAGE);
  if (found === undefined) return [];
  const before = readPackageVersion(found.text, found.path);
  // A package that is never published may have none.
  if (before === undefined || before === version) return [];
  const bumped = { ...found, text: bumpPackage(found.text, found.path, version) };
  const lock = await fileAt(clone, head, `${clone.prefix}package-lock.json`, MAX_PACKAGE);
  return lock === undefined ? [bumped] : [bumped, { ...lock, text: bumpLock(lock.text, lock.path, version) }];
}

/** The tree of a commit with other files, made in an index of its own: neither the user's index nor a file is touched. */
async function treeWith(clone: Clone, head: string, files: readonly CommittedFile[]): Promise<string> {
  const temp = await tempFolder();
  const env = { GIT_INDEX_FILE: join(temp.path, "index") };
  try {
    await ask(clone, ["read-tree", head], { env });
    for (const { mode, path, text } of files) {
      const id = await ask(clone, ["hash-object", "-w", "--stdin"], { input: text });
      await ask(clone, ["update-index", "--cacheinfo", `${mode},${id},${path}`], { env });
    }
    return await ask(clone, ["write-tree"], { env });
  } finally {
    await temp.remove();
  }
}

/** Creates the branch with its commit, or finds the one that an earlier run made. @throws DualRegistryError GATE_REFUSED */
async function createBranch(
  clone: Clone,
  { branch, head, tree, version }: { branch: string; head: string; tree: string; version: string },
): Promise<{ commit: string; made: boolean }> {
  const { folder } = clone;
  const found = async (): Promise<string | undefined> => {
    const there = await commitOf(clone, `refs/heads/${branch}`);
    if (there === undefined) return undefined;
    const [itsTree, parents] = (await ask(clone, ["log", "-1", "--format=%T%n%P", there])).split("\n");
    if (itsTree === tree && parents === head) return there;
    const what = `Branch ${branch} is there with other content, at ${there.slice(0, 12)}`;
    throw new DualRegistryError("GATE_REFUSED", `${what}; merge it, or delete it: git branch -D ${branch}`);
  };
  const before = await found();
  if (before !== undefined) return { commit: before, made: false };
  try {
    const signs = await git(folder, ["config", "--type=bool", "--get", "commit.gpgSign"]).catch(() => "");
    const sign = signs.trim() === "true" ? ["-S"] : [];
    const words = ["commit-tree", ...sign, "-p", head, "-m", `Version ${version}`, tree];
    const commit = (await git(folder, words)).trim();
    // Made only where there is no such branch: of two runs one wins.
    await git(folder, [
      "update-ref",
      "-m",
      `bump to ${version}`,
      `refs/heads/${branch}`,
      commit,
      "0".repeat(commit.length),
    ]);
    return { commit, made: true };
  } catch (error) {
    const others = await found();
    if (others !== undefined) return { commit: others, made: false };
    throw gitFailed(`Branch ${branch} cannot be made`, error);
  }
}

async function switchTo({ folder }: Clone, branch: string): Promise<void> {
  try {
    await git(folder, ["switch", "--quiet", branch]);
  } catch (error) {
    throw gitFailed(`Branch ${branch} is made, and cannot be switched to (git switch ${branch})`, error);
  }
}
