import { AUTOMATION_ENVIRONMENT } from "../../../src/domain/identity/environments";
import { logUrl } from "./answers";
import type { Account, DeploymentState, Run, State } from "./state";

/** The sign-off gates of a stage, in the order of the plan. */
function gatesOf(state: State, stage: string) {
  return [...state.environments.values()].filter(
    ({ name, purpose }) => purpose === "sign-off" && name.startsWith(`${stage}-signoff-`),
  );
}

/** A job with an environment has a deployment of the run's own commit, whose statuses name it. */
function beginJob(state: State, run: Run, name: string, environment: string, first: string): DeploymentState {
  const [creator] = run.starters;
  if (!creator) throw new Error(`nobody started run ${run.id}`);
  const at = state.tick();
  const job = { id: state.nextId(), name, attempt: run.starters.length, conclusion: null, startedAt: at };
  run.jobs.push(job);
  const status = { id: state.nextId(), state: first, created_at: at, log_url: logUrl(state, run.id, job.id) };
  const deployment = {
    ...{ id: state.nextId(), sha: run.sha, ref: run.branch, task: "deploy", environment, payload: {}, creator },
    ...{ created_at: at, statuses: [status] },
  };
  state.deployments.push(deployment);
  return deployment;
}

/** What a job's deployment and the job itself say next. */
function jobBecomes(state: State, run: Run, { statuses }: DeploymentState, ...states: readonly string[]): void {
  const log = statuses[0]?.log_url ?? "";
  const job = run.jobs.find(({ id }) => log.endsWith(`/job/${id}`));
  for (const each of states) {
    const at = state.tick();
    statuses.push({ id: state.nextId(), state: each, created_at: at, log_url: log });
    if (job && each === "in_progress") job.startedAt = at;
    if (job && (each === "success" || each === "failure")) job.conclusion = each;
  }
}

/** The workflow of sign-offs: its first job shows the candidate, then the stage's first gate waits. */
export function beginRun(state: State, run: Run, stage: string): void {
  const shows = beginJob(state, run, "candidate", AUTOMATION_ENVIRONMENT, "queued");
  jobBecomes(state, run, shows, "in_progress", "success");
  beginGate(state, run, stage);
}

/** The job that places the tag, once all gates of the stage have let it. @returns what ends it; undefined before that */
export function beginTagJob(state: State, run: Run, stage: string): ((good: boolean) => void) | undefined {
  const passed = new Set(run.approvals.map(({ environment, state: said }) => `${said} ${environment}`));
  if (!gatesOf(state, stage).every(({ name }) => passed.has(`approved ${name}`))) return undefined;
  const job = beginJob(state, run, "tag", AUTOMATION_ENVIRONMENT, "queued");
  jobBecomes(state, run, job, "in_progress");
  return (good) => {
    jobBecomes(state, run, job, good ? "success" : "failure");
    if (good) return;
    // The job that says so stands in the same environment, and succeeds.
    const tells = beginJob(state, run, "failed", AUTOMATION_ENVIRONMENT, "queued");
    jobBecomes(state, run, tells, "in_progress", "success");
  };
}

/** A job of the run reaches the stage's next gate and waits there. */
function beginGate(state: State, run: Run, stage: string): void {
  const passed = new Set(run.approvals.map(({ environment }) => environment));
  const next = gatesOf(state, stage).find(({ name }) => !passed.has(name));
  if (next) beginJob(state, run, `sign-off-${passed.size + 1}`, next.name, "waiting");
}

/**
 * Somebody reviews the gate at which a run waits.
 *
 * @param anybody true where an administrator took the reviewers off the environment
 * @throws Error where GitHub would not let them
 */
export function review(
  state: State,
  run: Run,
  by: Account,
  verdict: "approved" | "rejected" = "approved",
  anybody = false,
): void {
  const waiting = state.deployments.find(
    ({ statuses, environment }) =>
      statuses.at(-1)?.state === "waiting" &&
      statuses.at(-1)?.log_url.includes(`/runs/${run.id}/`) &&
      !run.approvals.some((each) => each.environment === environment),
  );
  if (!waiting) throw new Error(`run ${run.id} waits for nobody`);
  const reviewers = state.environments.get(waiting.environment)?.reviewers ?? [];
  const may = reviewers.some((each) =>
    "team" in each ? state.teams.get(each.team)?.has(by.login) : each.user === by.login,
  );
  if (!may && !anybody) throw new Error(`${by.login} is no reviewer of ${waiting.environment}`);
  if (!anybody && run.starters.at(-1)?.login === by.login) throw new Error(`${by.login} started the run`);
  run.approvals.push({ state: verdict, environment: waiting.environment, user: by });
  jobBecomes(state, run, waiting, ...(verdict === "approved" ? ["queued", "in_progress", "success"] : ["failure"]));
  if (verdict === "approved") beginGate(state, run, waiting.environment.split("-signoff-")[0] ?? "");
}
