import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, realpath, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { git, hasFile, lastWords, resolveBase, unusable, type BaseCommit } from "./baseGit";
import { installPackages, linkPackages, sharesPackages } from "./baseInstall";

/** A base ready to run. */
export interface PreparedBase {
  sha: string;
  /** The project's folder at that commit, with its packages. */
  projectDir: string;
  /** Names of the stages it has a file for, sorted. */
  stages: readonly string[];
}

/**
 * Makes a work tree of a commit, with the packages its own lockfile names, below `.cache/dualreg/base/` of the project.
 * The next run of the same commit finds it there. The files are written through an index of their own: the user's index,
 * branches and list of worktrees stay as they are, and nothing has to be pruned when a run is killed. Runs side by side
 * each prepare a folder and the first to rename it wins.
 *
 * Where base and head have the same lockfile the base uses the head's packages; such a tree is kept apart
 * (`<sha>-linked`), because it is good only as long as the two lockfiles are the same.
 *
 * @throws DualRegistryError USAGE or BASE_UNUSABLE, naming cause and remedy
 */
export async function prepareBase(projectDir: string, ref: string): Promise<PreparedBase> {
  const head = await realpath(projectDir);
  const commit = await resolveBase(head, ref);
  await requireProject(head, ref, commit);
  const lock = await git(head, ["show", `${commit.sha}:${commit.prefix}package-lock.json`]).catch(() => undefined);
  const linked = await sharesPackages(head, lock);
  const cache = join(head, ".cache", "dualreg", "base");
  const folder = join(cache, linked ? `${commit.sha}-linked` : commit.sha);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const fresh = await mkdtemp(join(cache, "new-"));
    try {
      const target = await checkOut(head, ref, commit, fresh);
      await (linked ? linkPackages(head, target) : installPackages(target, ref));
      await settle(join(fresh, "tree"), folder);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }
  const prepared = join(folder, commit.prefix);
  return { sha: commit.sha, projectDir: prepared, stages: await stagesIn(prepared) };
}

async function requireProject(head: string, ref: string, { sha, prefix }: BaseCommit): Promise<void> {
  for (const file of ["Pulumi.yaml", "package.json"]) {
    if (await hasFile(head, sha, prefix + file)) continue;
    const remedy = "Name a commit that has the project, or add --base-or-empty to show everything as new.";
    throw unusable(`Cannot use --base ${JSON.stringify(ref)}: commit ${sha} has no "${prefix}${file}". ${remedy}`);
  }
}

/** Writes the commit's files to `<fresh>/tree` and returns the project's folder among them. */
async function checkOut(head: string, ref: string, { sha, prefix }: BaseCommit, fresh: string): Promise<string> {
  const root = (await git(head, ["rev-parse", "--show-toplevel"])).trim();
  const index = { GIT_INDEX_FILE: join(fresh, "index") };
  const tree = join(fresh, "tree");
  try {
    await git(root, ["read-tree", sha], index);
    await git(root, ["checkout-index", "--all", `--prefix=${tree}/`], index);
  } catch (error) {
    throw unusable(`Cannot check out --base ${JSON.stringify(ref)} (${sha}): ${lastWords(error)}`, error);
  }
  return join(tree, prefix);
}

/** Moves a finished tree to its place; another run that came first has made the same one. */
async function settle(tree: string, folder: string): Promise<void> {
  try {
    await rename(tree, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

async function stagesIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}
