import type { z } from "zod";
import { samePerson } from "../domain/flow/verdict";
import { MAIN } from "../domain/flow/step";
import type { Github } from "./client";
import { contains, headOfMain } from "./refs";
import { type deploymentSchema, jobSchema, runSchema, statusSchema } from "./schemas";

/** A run of a workflow. */
export type Run = z.output<typeof runSchema>;

type Deployment = z.output<typeof deploymentSchema>;
type Status = z.output<typeof statusSchema>;

const RUNS = "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs";

/**
 * The runs of a workflow file that count: dispatched on main of this repository, of a commit that main has. The title of
 * such a run is made by main's own file. A tag may be called `main` as well, and any branch may hold a file of that name.
 *
 * @param wanted which runs are looked at further, by their title
 */
export async function runsOnMain(github: Github, workflow: string, wanted: (run: Run) => boolean): Promise<Run[]> {
  const query = { workflow_id: workflow, event: "workflow_dispatch", branch: MAIN };
  const runs = await github.list(RUNS, query, runSchema);
  const named = runs.filter(
    (run) =>
      run.event === "workflow_dispatch" &&
      run.path.split("@")[0] === `.github/workflows/${workflow}` &&
      run.head_branch === MAIN &&
      isThis(github, run.head_repository?.full_name) &&
      wanted(run),
  );
  if (named.length === 0) return [];
  const head = await headOfMain(github);
  const known = new Map<string, Promise<boolean>>();
  const onMain = await Promise.all(
    named.map(({ head_sha: sha }) => {
      const asked = known.get(sha) ?? contains(github, sha, head);
      known.set(sha, asked);
      return asked;
    }),
  );
  return named.filter((_, index) => onMain[index]);
}

/** True for the name of the repository that is looked at; GitHub takes no notice of letter case. */
export const isThis = (github: Github, fullName: string | null | undefined): boolean =>
  typeof fullName === "string" && samePerson(fullName, github.name);

/** An earlier attempt of a run. */
export const readAttempt = (github: Github, { id }: Run, attempt: number): Promise<Run> =>
  github.call(
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}",
    { run_id: id, attempt_number: attempt },
    runSchema,
  );

/** The statuses of deployments, asked once for each. */
export class Statuses {
  private readonly known = new Map<number, Promise<Status[]>>();

  constructor(private readonly github: Github) {}

  /** Those of a deployment, where it is one of a job of the run; none otherwise. */
  async ofRun({ id }: Deployment, run: Run): Promise<Status[]> {
    const route = "GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses";
    const asked = this.known.get(id) ?? this.github.list(route, { deployment_id: id }, statusSchema);
    this.known.set(id, asked);
    const statuses = await asked;
    return statuses.some((status) => addressesOf(status).some((url) => isOf(run, url))) ? statuses : [];
  }
}

const addressesOf = ({ log_url: log, target_url: target }: Status): string[] =>
  [log, target].filter((url) => typeof url === "string");

/** True for an address of a run or of a job of it. */
const isOf = ({ id }: Run, url: string): boolean => new RegExp(`/actions/runs/${id}(?:[/?#]|$)`).test(url);

/** The numbers of a run's jobs that statuses name. */
export function jobsNamed(statuses: readonly Status[], { id }: Run): number[] {
  const job = new RegExp(`/actions/runs/${id}/jobs?/(\\d{1,15})(?:[/?#]|$)`);
  const numbers = statuses.flatMap(addressesOf).flatMap((url) => job.exec(url)?.[1] ?? []);
  return [...new Set(numbers.map(Number))];
}

/**
 * The jobs of a run, of all attempts. Unlike a deployment and its statuses, which anybody who may push can write, they are
 * written by GitHub alone. Source: GitHub documentation, REST API, "List jobs for a workflow run".
 */
export const readJobs = (github: Github, { id }: Run): Promise<z.output<typeof jobSchema>[]> =>
  github.list("GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs", { run_id: id, filter: "all" }, jobSchema);
