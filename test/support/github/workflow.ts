import { logUrl } from "./answers";
import type { Account, Run, State } from "./state";

/** The sign-off gates of a stage, in the order of the plan. */
function gatesOf(state: State, stage: string) {
  return [...state.environments.values()].filter(
    ({ name, purpose }) => purpose === "sign-off" && name.startsWith(`${stage}-signoff-`),
  );
}

/** A job of the run reaches the stage's next gate and waits there. */
export function beginGate(state: State, run: Run, stage: string): void {
  const passed = new Set(run.approvals.map(({ environment }) => environment));
  const next = gatesOf(state, stage).find(({ name }) => !passed.has(name));
  if (!next) return;
  const [creator] = run.starters;
  if (!creator) return;
  const job = state.nextId();
  state.deployments.push({
    ...{
      id: state.nextId(),
      sha: run.sha,
      ref: run.branch,
      task: "deploy",
      environment: next.name,
      payload: {},
      creator,
    },
    statuses: [{ id: state.nextId(), state: "waiting", created_at: state.tick(), log_url: logUrl(state, run.id, job) }],
  });
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
  const log = waiting.statuses.at(-1)?.log_url ?? "";
  const states = verdict === "approved" ? ["queued", "in_progress", "success"] : ["failure"];
  for (const each of states)
    waiting.statuses.push({ id: state.nextId(), state: each, created_at: state.tick(), log_url: log });
  if (verdict === "approved") beginGate(state, run, waiting.environment.split("-signoff-")[0] ?? "");
}
