import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { git, lastWords } from "../../base/git";
import { listStages, projectValue, readProjectFile } from "../../project";
import { type FoundChange, judge } from "../change/changes";
import { diffRecordings } from "../change/diff";
import { loadProviderFacts } from "../change/providerFacts";
import { providerFindings } from "../change/providerSettings";
import { recordStages, type StageFailure, type StageProgress } from "../record/recordStages";
import { allowedEnvironment } from "../record/runProgram";
import type { Recording } from "../recording";
import type { Recordings, Review } from "../render/render";
import { type BaseCommit, hasFile, resolveBase, unusable } from "./baseGit";

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
  return { sha: commit.sha, projectDir: prepared, stages: listStages(readProjectFile(prepared)) };
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

const run = promisify(execFile);

/** What npm needs beyond the allow-list to reach its packages; a base's own .npmrc can read every variable it is given. */
const NETWORK = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
  ...["NODE_EXTRA_CA_CERTS", "npm_config_cache", "npm_config_registry"],
];

/** A tree's .npmrc may name another git, which npm would run. */
const ARGUMENTS = ["ci", "--git=git", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];

/** True when both folders have the same lockfile and the head has its packages, so the base can use them. */
async function sharesPackages(headDir: string, lockOfBase: string | undefined): Promise<boolean> {
  if (lockOfBase === undefined || !existsSync(join(headDir, "node_modules"))) return false;
  return readFile(join(headDir, "package-lock.json"), "utf8").then(
    (lock) => lock === lockOfBase,
    () => false,
  );
}

/** Lets the base use the packages of the head. */
async function linkPackages(headDir: string, baseDir: string): Promise<void> {
  await symlink(join(headDir, "node_modules"), join(baseDir, "node_modules"), "junction");
}

/**
 * Installs what the base's own lockfile names. No script of any package runs; npm's own cache is used first.
 *
 * @throws DualRegistryError BASE_UNUSABLE with npm's last words
 */
async function installPackages(baseDir: string, ref: string): Promise<void> {
  const what = `Cannot install the packages of --base ${JSON.stringify(ref)}`;
  const remedy = "Name a base that installs with `npm ci`, or add --base-or-empty to show everything as new.";
  if (!existsSync(join(baseDir, "package-lock.json"))) {
    throw unusable(`${what}: it has no package-lock.json. ${remedy}`);
  }
  try {
    const env = allowedEnvironment(process.env, NETWORK);
    const maxBuffer = 64 * 1024 * 1024;
    await run("npm", ARGUMENTS, { cwd: baseDir, env, maxBuffer, shell: process.platform === "win32" });
  } catch (error) {
    throw unusable(`${what}: ${lastWords(error)}\n${remedy}`, error);
  }
}

/** What to compare with what. */
export interface ReviewRequest {
  projectDir: string;
  /** The base as the user named it. */
  ref: string;
  head: Recordings;
  /** Only these stages; default: every stage either side has. */
  stages?: readonly string[];
  /** Without a usable base everything is a create; default: that is an error. */
  orEmpty: boolean;
  allowReplace: boolean;
  /** Told why the base is taken for empty. */
  onWarning: (message: string) => void;
  onProgress?: StageProgress;
  /** Finds what must be looked at of what the outputs mean; not asked where the base is taken for empty. */
  findings?: (base: ReviewSide, head: ReviewSide) => readonly FoundChange[];
}

/** One side of a comparison. */
export interface ReviewSide {
  /** Folder of its Pulumi.yaml. */
  projectDir: string;
  recordings: Recordings;
}

/**
 * Records the base and says what changes from it to the head.
 *
 * @throws DualRegistryError BASE_UNUSABLE unless `orEmpty`; USAGE for a ref that is none
 */
export async function reviewAgainst(request: ReviewRequest): Promise<Review> {
  const { projectDir, head, allowReplace, ref } = request;
  const side = await recordBase(request);
  const base = side?.recordings ?? new Map<string, Recording>();
  const facts = loadProviderFacts();
  const stacks = [...new Set([...head.keys(), ...base.keys()])];
  const stages = stacks.map((stack) => diffRecordings(base.get(stack), head.get(stack), facts));
  const told = stages.flatMap(({ stack, providers = [], changes }) => {
    const before = base.get(stack);
    return before === undefined ? [] : providerFindings(before, providers, changes);
  });
  const meant = side === undefined ? [] : (request.findings?.(side, { projectDir, recordings: head }) ?? []);
  return { base: ref, stages, verdict: judge(stages, allowReplace, [...told, ...meant]) };
}

/** The base, recorded; undefined where it is taken for empty. */
async function recordBase(request: ReviewRequest): Promise<ReviewSide | undefined> {
  try {
    const { projectDir, stages: all } = await prepareBase(request.projectDir, request.ref);
    const own = projectValue(readProjectFile(projectDir), "stages");
    // A file that the base does not list is somebody's own stack there, and may be a stage in the head.
    const listed = all.filter((stage) => !Array.isArray(own) || own.includes(stage));
    const stages = listed.filter((stage) => request.stages?.includes(stage) ?? true);
    if (stages.length === 0) return { projectDir, recordings: new Map() };
    const { recordings, failures } = await recordBaseStages(request, projectDir, stages);
    if (failures.length > 0) throw unusable(failureText(request.ref, failures));
    return { projectDir, recordings };
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code === "USAGE" || !request.orEmpty) throw error;
    request.onWarning(`${error.message}\nThe base is taken for empty: everything is shown as new.`);
    return undefined;
  }
}

async function recordBaseStages(request: ReviewRequest, projectDir: string, stages: readonly string[]) {
  const { onProgress } = request;
  try {
    return await recordStages({ projectDir, stages, ...defined({ onProgress }) });
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    throw unusable(`The program of --base ${JSON.stringify(request.ref)} cannot run: ${error.message}`, error);
  }
}

function failureText(ref: string, failures: readonly StageFailure[]): string {
  const own = failures.filter(({ consequence }) => !consequence);
  const told = (own.length > 0 ? own : failures).map(({ stack, message }) => `${stack}: ${message}`);
  const remedy = "Name a base whose program runs, or add --base-or-empty to show everything as new.";
  return [`The program of --base ${JSON.stringify(ref)} fails:`, ...new Set(told), remedy].join("\n");
}
