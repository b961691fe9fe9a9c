import type { z } from "zod";
import { samePerson } from "../domain/flow/verdict";
import type { Github } from "./client";
import { activitySchema } from "./schemas";

/** One change of what a branch stands for, by GitHub's record. */
export type Arrival = z.output<typeof activitySchema>;

/** What somebody brought to a branch by hand. */
const BY_HAND: readonly string[] = ["push", "force_push", "branch_creation"];

/** What came by pull requests. */
const BY_PULL: readonly string[] = ["pr_merge", "merge_queue_merge"];

/** Zeros stand for "nothing" where GitHub names the commit before. */
const NOTHING = /^0+$/;

/** The most changes of one branch that are looked at. */
const MAX_ROWS = 5_000;

/** True for a push, or what made the branch. */
export const isByHand = ({ activity_type: type }: Arrival): boolean => BY_HAND.includes(type);

/** True for a merge of pull requests. */
export const isByPull = ({ activity_type: type }: Arrival): boolean => BY_PULL.includes(type);

/** Whom GitHub names for what a workflow did by its own token, GITHUB_TOKEN. */
const WORKFLOW_TOKEN = "github-actions[bot]";

/** True for the login of a workflow's own token: anybody who may push can write the workflow that it acts for. */
export const hidesWriter = (login: string): boolean => samePerson(login, WORKFLOW_TOKEN);

/** How it is said that a workflow's own token did something, after what it is and which way it did it. */
export const byWorkflow = (what: string, did: "pushed" | "opened"): string =>
  `${what}, ${did} by ${WORKFLOW_TOKEN}, which is whoever wrote a workflow,`;

/**
 * The changes of a branch, the newest first, as GitHub recorded them: who, when, from which commit to which.
 * Source: GitHub documentation, REST API, "List repository activities".
 */
export async function* arrivalsAt(github: Github, branch: string): AsyncGenerator<Arrival> {
  const route = "GET /repos/{owner}/{repo}/activity";
  let count = 0;
  for await (const { data } of github.pages(route, { ref: `refs/heads/${branch}` })) {
    for (const row of github.decode(
      route,
      activitySchema.array(),
      Array.isArray(data) ? [...(data as unknown[])] : data,
    )) {
      if (++count > MAX_ROWS) return;
      if (isByHand(row) || isByPull(row)) yield row;
    }
  }
}

/** How a branch came to a commit, the newest change first. */
export interface Trace {
  rows: readonly Arrival[];
  /** The commit that no record says the coming of; absent where all is traced. */
  lost?: string;
  /** The row that made the branch, where the trace got there. */
  creation?: Arrival;
}

/**
 * Follows a branch back from a commit that it once stood for, change by change.
 *
 * @param newestFirst its changes
 * @param isOld where to stop: what the release before had already
 */
export async function traceBack(
  newestFirst: AsyncIterable<Arrival> | Iterable<Arrival>,
  commit: string,
  isOld: (commit: string) => boolean,
): Promise<Trace> {
  const rows: Arrival[] = [];
  let at = commit;
  if (isOld(at)) return { rows };
  for await (const row of newestFirst) {
    if (row.after !== at) continue;
    rows.push(row);
    if (row.activity_type === "branch_creation" || NOTHING.test(row.before)) return { rows, creation: row };
    at = row.before;
    if (isOld(at)) return { rows };
  }
  return { rows, lost: at };
}
