import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import type { Step } from "../domain/flow/step";
import type { Approval, Candidate, SignOffRequest } from "../domain/flow/stepFacts";
import { MAIN } from "../domain/flow/step";
import { isAutomation, samePerson } from "../domain/flow/verdict";
import { AUTOMATION_ENVIRONMENT } from "../domain/identity/environments";
import { CANDIDATE_TASK, candidateDigest, payloadOf, readPayload, readTitle } from "./candidate";
import type { Github } from "./client";
import type { SignOffEnvironment } from "./releaseRules";
import { People } from "./people";
import { isThis, jobsNamed, readAttempt, readJobs, type Run, runsOnMain, Statuses } from "./runs";
import { anythingSchema, deploymentSchema, reviewSchema } from "./schemas";

const DEPLOYMENTS = "GET /repos/{owner}/{repo}/deployments";

/** The job of the sign-off workflow that places the tag; others of its jobs may stand in the automation's environment. */
const TAG_JOB = "tag";

/** States of a deployment whose job still waits for somebody. */
const WAITING: readonly string[] = ["waiting", "pending"];

/** By what is told whose candidate it is, and whose run. */
interface Asking {
  github: Github;
  people: People;
  /** Number of the automation's App, the one bot that may ask; absent where there is none. */
  app: number | undefined;
}

/** What the readers share. */
export interface Reading extends Asking {
  statuses: Statuses;
  /** File name of the workflow in which candidates are signed off. */
  workflow: string;
}

/** What readers share of a repository and its sign-off workflow. */
export const readingOf = (github: Github, workflow: string, app: number | undefined): Reading => ({
  ...{ github, workflow, app },
  ...{ people: new People(github), statuses: new Statuses(github) },
});

/** True for a person, and for the automation's App: any other bot may act for whoever wrote a workflow on a branch. */
const mayAsk = async (login: string, { people, app }: Omit<Asking, "github">): Promise<boolean> =>
  !isAutomation(login) || people.isApp(login, app);

/**
 * The candidates of this repository that were put before a stage's approvers, by their digest.
 *
 * Whoever may push can write such a deployment and name whomever they like as the one who asked. So it counts only where
 * the automation's App wrote it, or the person themselves who asked.
 *
 * @param app number of the automation's App
 */
export async function readCandidates(
  github: Github,
  environment: string,
  app: number | undefined,
  people = new People(github),
): Promise<Map<Digest, Candidate>> {
  const rows = await github.list(DEPLOYMENTS, { environment, task: CANDIDATE_TASK }, deploymentSchema);
  const candidates = new Map<Digest, Candidate>();
  for (const { task, payload, sha, creator } of rows) {
    const candidate = task === CANDIDATE_TASK ? readPayload(payload) : undefined;
    if (!creator || candidate?.commit !== sha || !isThis(github, candidate.repository)) continue;
    const { login } = creator;
    const own = samePerson(login, candidate.askedBy) || (await people.isApp(login, app));
    if (own && (await mayAsk(candidate.askedBy, { people, app })))
      candidates.set(candidateDigest(candidate), candidate);
  }
  return candidates;
}

/**
 * The requests for a step's sign-offs: every run of the sign-off workflow that was started for its tag and stage by the
 * digest of a candidate, with what the approvers of that run said.
 *
 * Only a run that was dispatched on main counts, of that very workflow: a job of another one may name the same
 * environments. What the run is about stands in the candidate, to which its title binds the approvals. A run that another
 * bot than the automation's App started or repeated does not count, since it hides who did.
 */
export async function readRequests(
  reading: Reading,
  step: Step,
  environments: readonly SignOffEnvironment[],
): Promise<SignOffRequest[]> {
  const [first] = environments;
  if (!first) return [];
  const { github, workflow, people, app } = reading;
  const candidates = await readCandidates(github, first.name, app, people);
  if (candidates.size === 0) return [];
  const candidateOf = (run: Run): Candidate | undefined => {
    const title = readTitle(run.display_title);
    if (title?.tag !== step.tag || title.to !== step.to) return undefined;
    const candidate = candidates.get(title.digest);
    const { tag, to, version } = candidate ?? {};
    return tag === step.tag && to === step.to && version === step.version ? candidate : undefined;
  };
  const runs = await runsOnMain(github, workflow, (run) => candidateOf(run) !== undefined);
  const requests = runs.map(async (run) => {
    const candidate = candidateOf(run);
    if (!candidate) return [];
    const askedBy = await startersOf(github, run);
    const may = await Promise.all(askedBy.map((login) => mayAsk(login, reading)));
    return may.includes(false) ? [] : [await readRequest(reading, run, { candidate, askedBy }, environments)];
  });
  return (await Promise.all(requests)).flat();
}

async function readRequest(
  reading: Reading,
  run: Run,
  asked: Pick<SignOffRequest, "candidate" | "askedBy">,
  environments: readonly SignOffEnvironment[],
): Promise<SignOffRequest> {
  const { github, people } = reading;
  const route = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals";
  const reviews = await github.call(route, { run_id: run.id }, reviewSchema.array());
  const approvals: Approval[] = [];
  const rejections: { role: string; by: string }[] = [];
  const gates = new Set<number>();
  for (const { role, name: environment, approvers } of environments) {
    const here = reviews.filter(({ environments }) => environments.some(({ name }) => name === environment));
    const given = here.flatMap(({ state, user }) => (state === "approved" ? [user?.login ?? "ghost"] : []));
    const { at, jobs } = given.length === 0 ? { jobs: [] } : await approvedAt(reading, run, environment);
    for (const job of jobs) gates.add(job);
    for (const by of given) {
      approvals.push({ role, by, ...defined({ at }), entitled: await people.isOneOf(by, approvers) });
    }
    for (const { state, user } of here) if (state === "rejected") rejections.push({ role, by: user?.login ?? "ghost" });
  }
  const takenAt = await takenAtOf(reading, run, { approvals, roles: environments.length, gates });
  return {
    run: run.id,
    ...defined({ url: run.html_url, takenAt }),
    ...{ ...asked, approvals, rejections },
  };
}

/** Logins of whoever started the run, and each of its repetitions. */
async function startersOf(github: Github, run: Run): Promise<string[]> {
  const logins = [run.actor?.login, run.triggering_actor?.login];
  for (let attempt = 1; attempt < run.run_attempt; attempt++) {
    const earlier = await readAttempt(github, run, attempt);
    logins.push(earlier.triggering_actor?.login);
  }
  return [...new Set(logins.filter((login) => login !== undefined))];
}

/**
 * When an environment was approved in a run, and the jobs that waited for it: the job's deployment stopped waiting then.
 * The approvals themselves carry no time. Of several deployments the earliest counts, which is the stricter one.
 */
async function approvedAt({ github, statuses }: Reading, run: Run, environment: string) {
  const deployments = await github.list(DEPLOYMENTS, { environment, sha: run.head_sha }, deploymentSchema);
  const times: string[] = [];
  const jobs: number[] = [];
  for (const deployment of deployments) {
    if (deployment.task === CANDIDATE_TASK) continue;
    const all = await statuses.ofRun(deployment, run);
    times.push(...all.filter(({ state }) => !WAITING.includes(state)).map((status) => status.created_at));
    jobs.push(...jobsNamed(all, run));
  }
  return { ...defined({ at: times.sort()[0] }), jobs };
}

/**
 * When the run's job that places the tag began: it is the one called `tag`, in the automation's environment, that began
 * after all roles had approved, and succeeded. It reads everything again, so that it succeeds only where the step may be taken.
 *
 * The environment is known from a deployment, which whoever may push can write; so the job must be one of the run by
 * GitHub's own list, with the time and the success that stand there, and none that waited for an approval.
 */
async function takenAtOf(
  { github, statuses }: Reading,
  run: Run,
  { approvals, roles, gates }: { approvals: readonly Approval[]; roles: number; gates: ReadonlySet<number> },
): Promise<string | undefined> {
  const times = approvals.map(({ at }) => at);
  if (new Set(approvals.map(({ role }) => role)).size < roles || times.includes(undefined)) return undefined;
  const query = { environment: AUTOMATION_ENVIRONMENT, sha: run.head_sha };
  const deployments = await github.list(DEPLOYMENTS, query, deploymentSchema);
  const named = await Promise.all(
    deployments.map(async (deployment) => jobsNamed(await statuses.ofRun(deployment, run), run)),
  );
  const numbers = new Set(named.flat().filter((job) => !gates.has(job)));
  if (numbers.size === 0) return undefined;
  const approved = Math.max(...times.map((at = "") => Date.parse(at)));
  const began = (await readJobs(github, run)).flatMap(({ id, name, conclusion, started_at: at }) =>
    name === TAG_JOB && numbers.has(id) && conclusion === "success" && at != null && Date.parse(at) >= approved
      ? [at]
      : [],
  );
  return began.sort()[0];
}

/** A candidate as it was put before the approvers. */
export interface Requested {
  candidate: Candidate;
  digest: Digest;
}

/**
 * Puts a candidate before a stage's approvers: a deployment keeps it, and the sign-off workflow is started on main with
 * its digest and version. A candidate that is kept already is not kept twice.
 */
export async function requestSignOffs(
  github: Github,
  candidate: Candidate,
  { environment, workflow, app }: { environment: SignOffEnvironment; workflow: string; app: number | undefined },
): Promise<Requested> {
  const digest = candidateDigest(candidate);
  const { tag, to, version } = candidate;
  const kept = await readCandidates(github, environment.name, app);
  if (!kept.has(digest)) await storeCandidate(github, candidate, environment);
  const inputs = { tag, to, candidate: digest, version, ...(candidate.breakGlass && { "break-glass": "yes" }) };
  const route = "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches";
  await github.call(route, { workflow_id: workflow, ref: MAIN, inputs }, anythingSchema);
  return { candidate, digest };
}

async function storeCandidate(
  github: Github,
  candidate: Candidate,
  { name: environment }: SignOffEnvironment,
): Promise<void> {
  const body = {
    ...{ ref: candidate.commit, task: CANDIDATE_TASK, environment, payload: payloadOf(candidate) },
    ...{ auto_merge: false, required_contexts: [], production_environment: false },
    description: `Candidate ${candidate.tag} for ${candidate.to}`,
  };
  await github.call("POST /repos/{owner}/{repo}/deployments", body, anythingSchema);
}

/** A candidate that was put before a stage's approvers, by its digest. @throws DualRegistryError NOT_FOUND */
export async function keptCandidate(
  github: Github,
  { digest, environment, app }: { digest: string; environment: SignOffEnvironment; app: number | undefined },
): Promise<Requested> {
  const kept = await readCandidates(github, environment.name, app);
  const [found] = [...kept].filter(([each]) => each === digest);
  if (found) return { digest: found[0], candidate: found[1] };
  throw new DualRegistryError("NOT_FOUND", `No candidate ${quoted(digest)} for ${environment.name}; ask anew`);
}

/**
 * Compares the candidate of a digest with what is there now, before anybody is asked to approve it.
 *
 * @throws DualRegistryError GATE_REFUSED where it is another one
 */
export function confirmCandidate(kept: Requested, now: Candidate): Requested {
  const { digest, candidate } = kept;
  if (candidateDigest(now) === digest) return kept;
  throw new DualRegistryError(
    "GATE_REFUSED",
    `Candidate ${digest} is not what stands in ${now.from} as ${now.version} now:\n` +
      `  asked:  ${JSON.stringify(payloadOf(candidate))}\n  there:  ${JSON.stringify(payloadOf(now))}\n` +
      "ask anew: dualreg release request",
  );
}
