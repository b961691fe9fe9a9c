import type { Account, Commit, DeploymentState, PullState, Run, State } from "./state";

/** An error as GitHub words it. */
export class GithubError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export const notFound = (): GithubError => new GithubError(404, "Not Found");

const BASE = "https://github.com";

export const userOf = ({ login, type }: Account) => ({ login, type, id: login.length });

export const commitOf = ({ sha, message, login, email, committer, parents }: Commit) => ({
  sha,
  commit: { message, author: { name: login ?? "somebody", email, date: "2026-11-01T08:00:00Z" } },
  author: login === undefined ? null : { login, type: "User" },
  committer: { login: committer, type: "User" },
  parents: parents.map((parent) => ({ sha: parent })),
});

/** Source: GitHub documentation, REST API, "List deployments". */
export const deploymentOf = ({ id, sha, ref, task, environment, payload, creator, created_at }: DeploymentState) => ({
  ...{ id, sha, ref, task, environment, payload, created_at },
  creator: userOf(creator),
});

/** Source: GitHub documentation, REST API, "List workflow runs for a workflow". */
export function runOf(state: State, run: Run, attempt = run.starters.length) {
  const [first] = run.starters;
  const starter = run.starters[attempt - 1];
  const { startedAt, conclusion } = run.attempts[attempt - 1] ?? { startedAt: null, conclusion: null };
  return {
    ...{ id: run.id, run_attempt: attempt, name: run.workflow, display_title: run.title, event: run.event },
    ...{ head_branch: run.branch, head_sha: run.sha, path: `.github/workflows/${run.workflow}` },
    ...{ status: conclusion === null ? "waiting" : "completed", conclusion, run_started_at: startedAt },
    head_repository: { full_name: run.repository },
    html_url: `${BASE}/${state.owner}/${state.name}/actions/runs/${run.id}`,
    actor: first ? userOf(first) : null,
    triggering_actor: starter ? userOf(starter) : null,
  };
}

/** Source: GitHub documentation, REST API, "List jobs for a workflow run". */
export const jobsOf = ({ id: run, sha, jobs }: Run) =>
  jobs.map(({ id, name, attempt, conclusion, startedAt }) => ({
    ...{ id, run_id: run, run_attempt: attempt, head_sha: sha, name, conclusion, started_at: startedAt },
    status: conclusion === null ? "waiting" : "completed",
  }));

/** Source: GitHub documentation, REST API, "List pull requests". */
export const pullOf = (state: State, { number, author, base, head, updatedAt, mergedAt, mergeCommit }: PullState) => ({
  ...{ number, state: mergedAt === undefined ? "open" : "closed", user: userOf(author), updated_at: updatedAt },
  ...{ merged_at: mergedAt ?? null, merge_commit_sha: mergeCommit ?? null, base: { ref: base } },
  head: {
    ...{
      ref: head.ref,
      sha: head.sha,
      user: head.fork ? userOf(head.fork) : { login: state.owner, type: "Organization" },
    },
    repo: { full_name: `${head.fork?.login ?? state.owner}/${state.name}` },
  },
});

/** The address of a job's log, by which a deployment is known to be of a run. */
export const logUrl = (state: State, run: number, job: number): string =>
  `${BASE}/${state.owner}/${state.name}/actions/runs/${run}/job/${job}`;

/** A comparison of two commits, all of its commits oldest first. */
export function compared(state: State, basehead: string) {
  const [base, head] = basehead.split("...").map((name) => state.resolve(name));
  if (base === undefined || head === undefined) throw notFound();
  const [before, after] = [new Set(state.history(base)), new Set(state.history(head))];
  const ahead = [...after].filter((sha) => !before.has(sha)).reverse();
  const behind = [...before].filter((sha) => !after.has(sha));
  const diverged = ahead.length > 0 && behind.length > 0;
  const status = diverged ? "diverged" : ahead.length > 0 ? "ahead" : behind.length > 0 ? "behind" : "identical";
  const commits = ahead.flatMap((sha) => state.commits.get(sha) ?? []).map(commitOf);
  return { status, ahead_by: ahead.length, behind_by: behind.length, total_commits: ahead.length, commits };
}
