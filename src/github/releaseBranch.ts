import type { BranchChange, Push } from "../domain/flow/stepFacts";
import { short } from "../domain/flow/verdict";
import { type Arrival, arrivalsAt, isByHand, isByPull, type Trace, traceBack } from "./arrivals";
import type { Github } from "./client";
import type { Pulls } from "./pulls";
import { contains, type Ref } from "./refs";
import { compareSchema } from "./schemas";

/** How a branch began. */
export interface Cut {
  commit: string;
  onMain: boolean;
  /** Absent where the account is gone. */
  by?: string;
}

/** What GitHub recorded of a release branch. */
export interface ReleaseBranch {
  name: string;
  head: string;
  pushes: Push[];
  /** How the branch came to the commit that is looked at. */
  trace: Trace;
  changes: BranchChange[];
  untraced: string[];
  /** Absent where GitHub keeps no record of it. */
  cut?: Cut;
}

/** The pushes to a release branch, who cut it from where, and how what is not on main came to it. */
export async function readReleaseBranch(
  github: Github,
  { name, sha: head }: Ref,
  commit: string,
  { pulls, main }: { pulls: Pulls; main: string },
): Promise<ReleaseBranch> {
  const rows: Arrival[] = [];
  for await (const row of arrivalsAt(github, name)) rows.push(row);
  const pushes = rows.map(({ timestamp: at, after, actor }) => ({ at, after, ...(actor && { by: actor.login }) }));
  const [trace, away] = await Promise.all([traceBack(rows, commit, () => false), notOn(github, main, commit)]);
  const mine = trace.rows.filter(({ after }) => away.has(after));
  const { changes, lost } = await changesOf(mine, name, away, pulls);
  const untraced = [...lost, ...(away.size > 0 && trace.lost !== undefined ? [short(trace.lost)] : [])];
  const creation = rows.filter(({ activity_type: type }) => type === "branch_creation")[0];
  const branch = { name, head, pushes, trace, changes, untraced };
  if (!creation) return branch;
  const onMain = await contains(github, creation.after, main);
  return { ...branch, cut: { commit: creation.after, onMain, ...(creation.actor && { by: creation.actor.login }) } };
}

/** The commits that one has and main has not. */
async function notOn(github: Github, main: string, commit: string): Promise<ReadonlySet<string>> {
  const route = "GET /repos/{owner}/{repo}/compare/{basehead}";
  const commits = new Set<string>();
  for await (const { data } of github.pages(route, { basehead: `${main}...${commit}` })) {
    for (const { sha } of github.decode(route, compareSchema, data).commits) commits.add(sha);
  }
  return commits;
}

/** The pushes among changes, and the pull requests that the others came by; lost are those of which none is found. */
async function changesOf(
  rows: readonly Arrival[],
  branch: string,
  away: ReadonlySet<string>,
  pulls: Pulls,
): Promise<{ changes: BranchChange[]; lost: string[] }> {
  const pushed = rows.filter(isByHand).map(({ after, actor }) => ({ after, ...(actor && { by: actor.login }) }));
  const merges = rows.filter(isByPull);
  const [oldest] = merges.map(({ timestamp }) => timestamp).sort();
  if (oldest === undefined) return { changes: pushed, lost: [] };
  // A merge queue brings several pull requests at once, each with a commit of its own.
  const merged = (await pulls.merged(branch, oldest)).filter(({ merge_commit_sha: sha }) => away.has(sha ?? ""));
  const known = new Set(merged.map(({ merge_commit_sha: sha }) => sha));
  const lost = merges.filter(({ after }) => !known.has(after)).map(({ after }) => short(after));
  const reviewed = merged.map(async (pull): Promise<BranchChange> => {
    const [{ authors }, approvedBy] = await Promise.all([pulls.writers(pull), pulls.approvedBy(pull)]);
    const writers = [...new Set(authors.map(({ login }) => login))];
    return { after: pull.merge_commit_sha ?? "", pull: { number: pull.number, writers, approvedBy } };
  });
  return { changes: [...pushed, ...(await Promise.all(reviewed))], lost };
}
