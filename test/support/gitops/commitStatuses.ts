import type { BareRepository } from "./bareRepository";

/** A status of a commit as its forge keeps it. */
export interface KeptStatus {
  commit: string;
  name: string;
  state: string;
  description: string;
}

type Body = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** A status as a request says it. */
export const statusOf = (commit: string, name: unknown, { state, description }: Body): KeptStatus => ({
  ...{ commit, name: textOf(name), state: textOf(state), description: textOf(description) },
});

/** True for a commit of the repository. */
export function hasCommit(repository: BareRepository, commit: string): boolean {
  try {
    return repository.git("cat-file", "-t", commit).trim() === "commit";
  } catch {
    return false;
  }
}

const GITLAB_STATES = ["pending", "running", "success", "failed", "canceled", "skipped"];

/**
 * A status of GitLab's. Sources: GitLab REST API, "Commits API", set commit pipeline status; gitlab-org/gitlab,
 * app/services/ci/pipelines/add_job_service.rb and lib/api/commit_statuses.rb: what is pending or runs under that name is
 * brought further, else there is a new one; "enqueue" leads from "created" alone.
 */
export function setGitlabStatus(
  statuses: KeptStatus[],
  repository: BareRepository,
  sha: string,
  body: Body,
): { status: number; value: unknown } {
  const [state, description] = [textOf(body["state"]), textOf(body["description"])];
  if (!hasCommit(repository, sha)) return { status: 404, value: { message: "404 Commit Not Found" } };
  if (!GITLAB_STATES.includes(state)) return { status: 400, value: { error: "state does not have a valid value" } };
  if (description.length > 255) {
    return { status: 400, value: { message: { description: ["is too long (maximum is 255 characters)"] } } };
  }
  const made = statusOf(sha, body["name"], body);
  const open = statuses.find(
    (one) => one.commit === sha && one.name === made.name && ["pending", "running"].includes(one.state),
  );
  if (open !== undefined && state === "pending") {
    const reasons = 'Reason(s): Status cannot transition via "enqueue"';
    return {
      status: 400,
      value: { message: `Cannot transition status via :enqueue from :${open.state} (${reasons})` },
    };
  }
  if (open === undefined) statuses.push(made);
  else Object.assign(open, made);
  return { status: 201, value: { id: 1, sha, name: made.name, status: state, description } };
}
