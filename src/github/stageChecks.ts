import type { Step } from "../domain/flow/step";
import type { CheckResult } from "../domain/flow/stepFacts";
import type { StageCheck } from "../domain/identity/environments";
import type { Github } from "./client";
import { readAttempt, type Run, runsOnMain } from "./runs";
import { checkRunSchema } from "./schemas";

/**
 * All that checks of a stage said of a release's commit, former runs included, by those alone who may report them.
 */
export async function readChecks(
  github: Github,
  step: Step,
  commit: string,
  checks: readonly StageCheck[],
): Promise<CheckResult[]> {
  const results = await Promise.all(
    checks.map((check) =>
      "app" in check ? checkRunsOf(github, commit, check) : workflowRunsOf(github, step, commit, check),
    ),
  );
  return results.flat();
}

/** What one App said of a commit. Source: GitHub documentation, REST API, "List check runs for a Git reference". */
async function checkRunsOf(github: Github, ref: string, { name, app }: { name: string; app: number }) {
  const route = "GET /repos/{owner}/{repo}/commits/{ref}/check-runs";
  const runs = await github.list(route, { ref, check_name: name, app_id: app, filter: "all" }, checkRunSchema);
  return runs
    .filter((run) => run.name === name && run.app?.id === app)
    .map(({ status, conclusion, completed_at: at }): CheckResult => {
      return status === "completed" && conclusion && at ? { name, conclusion, at } : { name };
    });
}

/** The title of a workflow's run that says something of a release at a stage; its file makes it by `run-name`. */
const checkTitle = (name: string, { tag, to }: Pick<Step, "tag" | "to">, commit: string): string =>
  `${name} of ${tag} in ${to} at ${commit}`;

/**
 * What the runs of one workflow said, each of their attempts. An attempt counts from when it began, which GitHub alone
 * writes. Source: GitHub documentation, REST API, "List workflow runs for a workflow".
 */
async function workflowRunsOf(
  github: Github,
  step: Step,
  commit: string,
  { name, workflow }: { name: string; workflow: string },
): Promise<CheckResult[]> {
  const title = checkTitle(name, step, commit);
  const runs = await runsOnMain(github, workflow, ({ display_title: said }) => said === title);
  const attempts = runs.map(async (run) => {
    const earlier = Array.from({ length: run.run_attempt - 1 }, (_, index) => readAttempt(github, run, index + 1));
    return [...(await Promise.all(earlier)), run];
  });
  return (await Promise.all(attempts)).flat().map((run) => resultOf(name, run));
}

function resultOf(name: string, { status, conclusion, run_started_at: at }: Run): CheckResult {
  return status === "completed" && conclusion && at ? { name, conclusion, at } : { name };
}
