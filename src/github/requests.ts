import type { z } from "zod";
import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import type { Step } from "../domain/flow/step";
import type { Approval, Candidate, SignOffRequest } from "../domain/flow/stepFacts";
import { CANDIDATE_TASK, candidateDigest, payloadOf, readPayload, readTitle } from "./candidate";
import type { Github } from "./client";
import type { SignOffEnvironment } from "./releaseRules";
import { People } from "./people";
import { anythingSchema, deploymentSchema, reviewSchema, runSchema, statusSchema } from "./schemas";

type Run = z.output<typeof runSchema>;

const DEPLOYMENTS = "GET /repos/{owner}/{repo}/deployments";

/** States of a deployment whose job still waits for somebody. */
const WAITING: readonly string[] = ["waiting", "pending"];

/** What the readers share. */
export interface Reading {
  github: Github;
  people: People;
  /** File name of the workflow in which candidates are signed off. */
  workflow: string;
}

/** The candidates that were put before a stage's approvers, by their digest. */
export async function readCandidates({ github }: Reading, environment: string): Promise<Map<Digest, Candidate>> {
  const rows = await github.list(DEPLOYMENTS, { environment, task: CANDIDATE_TASK }, deploymentSchema);
  const candidates = rows
    .filter(({ task }) => task === CANDIDATE_TASK)
    .flatMap(({ payload, sha }) => {
      const candidate = readPayload(payload);
      return candidate?.commit === sha ? [candidate] : [];
    });
  return new Map(candidates.map((candidate) => [candidateDigest(candidate), candidate]));
}

/**
 * The requests for a step's sign-offs: every run of the sign-off workflow that was started for its tag and stage by the
 * digest of a candidate, with what the approvers of that run said.
 *
 * Only a run that was dispatched counts, of that very workflow: a job of another one may name the same environments.
 */
export async function readRequests(
  reading: Reading,
  step: Step,
  environments: readonly SignOffEnvironment[],
): Promise<SignOffRequest[]> {
  const [first] = environments;
  if (!first) return [];
  const { github, workflow } = reading;
  const candidates = await readCandidates(reading, first.name);
  if (candidates.size === 0) return [];
  const route = "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs";
  const runs = await github.list(route, { workflow_id: workflow, event: "workflow_dispatch" }, runSchema);
  const requests = runs.map(async (run): Promise<SignOffRequest[]> => {
    const title = readTitle(run.display_title);
    const candidate = title && candidates.get(title.digest);
    const isOurs = run.event === "workflow_dispatch" && run.path.split("@")[0] === `.github/workflows/${workflow}`;
    if (!candidate || !isOurs || title.tag !== step.tag || title.to !== step.to) return [];
    if (candidate.tag !== step.tag || candidate.to !== step.to || candidate.version !== step.version) return [];
    return [await readRequest(reading, run, candidate, environments)];
  });
  return (await Promise.all(requests)).flat();
}

async function readRequest(
  reading: Reading,
  run: Run,
  candidate: Candidate,
  environments: readonly SignOffEnvironment[],
): Promise<SignOffRequest> {
  const { github, people } = reading;
  const route = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals";
  const reviews = await github.call(route, { run_id: run.id }, reviewSchema.array());
  const approvals: Approval[] = [];
  const rejections: { role: string; by: string }[] = [];
  for (const { role, name: environment, approvers } of environments) {
    const here = reviews.filter(({ environments }) => environments.some(({ name }) => name === environment));
    const given = here.flatMap(({ state, user }) => (state === "approved" ? [user?.login ?? "ghost"] : []));
    const at = given.length === 0 ? undefined : await approvedAt(github, run, environment);
    for (const by of given) {
      approvals.push({ role, by, ...defined({ at }), entitled: await people.isOneOf(by, approvers) });
    }
    for (const { state, user } of here) if (state === "rejected") rejections.push({ role, by: user?.login ?? "ghost" });
  }
  return {
    run: run.id,
    ...defined({ url: run.html_url }),
    ...{ candidate, commit: run.head_sha, branch: run.head_branch ?? "", approvals, rejections },
    askedBy: await startersOf(github, run),
  };
}

/** Logins of whoever started the run, and each of its repetitions. */
async function startersOf(github: Github, run: Run): Promise<string[]> {
  const logins = [run.actor?.login, run.triggering_actor?.login];
  for (let attempt = 1; attempt < run.run_attempt; attempt++) {
    const route = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}";
    const earlier = await github.call(route, { run_id: run.id, attempt_number: attempt }, runSchema);
    logins.push(earlier.triggering_actor?.login);
  }
  return [...new Set(logins.filter((login) => login !== undefined))];
}

/**
 * When an environment was approved in a run: its job's deployment stopped waiting then. The approvals themselves carry
 * no time. Of several deployments the earliest counts, which is the stricter one.
 */
async function approvedAt(github: Github, run: Run, environment: string): Promise<string | undefined> {
  const deployments = await github.list(DEPLOYMENTS, { environment, sha: run.head_sha }, deploymentSchema);
  const times: string[] = [];
  for (const { id, task } of deployments) {
    if (task === CANDIDATE_TASK) continue;
    const route = "GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses";
    const statuses = await github.list(route, { deployment_id: id }, statusSchema);
    const ofRun = statuses.some(({ log_url: log, target_url: target }) => [log, target].some((url) => isOf(run, url)));
    const started = statuses.filter(({ state }) => !WAITING.includes(state)).map((status) => status.created_at);
    if (ofRun) times.push(...started);
  }
  return times.sort()[0];
}

/** True for an address of a run or of a job of it. */
const isOf = ({ id }: Run, url: string | null | undefined): boolean =>
  typeof url === "string" && new RegExp(`/actions/runs/${id}(?:[/?#]|$)`).test(url);

/** A candidate as it was put before the approvers. */
export interface Requested {
  candidate: Candidate;
  digest: Digest;
}

/**
 * Puts a candidate before a stage's approvers: a deployment keeps it, and the sign-off workflow is started on the
 * release branch with its digest. A candidate that is kept already is not kept twice.
 */
export async function requestSignOffs(
  github: Github,
  candidate: Candidate,
  { environment, workflow }: { environment: SignOffEnvironment; workflow: string },
): Promise<Requested> {
  const digest = candidateDigest(candidate);
  const { tag, to, branch } = candidate;
  const kept = await readCandidates({ github, people: new People(github), workflow }, environment.name);
  if (!kept.has(digest)) await storeCandidate(github, candidate, environment);
  const inputs = { tag, to, candidate: digest };
  const route = "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches";
  await github.call(route, { workflow_id: workflow, ref: branch, inputs }, anythingSchema);
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

/**
 * Compares the candidate of a digest with what is there now, before anybody is asked to approve it.
 *
 * @throws DualRegistryError GATE_REFUSED where it is another one, NOT_FOUND where there is none
 */
export async function confirmCandidate(
  github: Github,
  candidate: Candidate,
  asked: { digest: string; environment: SignOffEnvironment; workflow: string },
): Promise<Requested> {
  const { digest, environment, workflow } = asked;
  const kept = await readCandidates({ github, people: new People(github), workflow }, environment.name);
  const found = [...kept].find(([each]) => each === digest);
  if (!found) throw new DualRegistryError("NOT_FOUND", `No candidate ${digest} for ${candidate.tag}; ask anew`);
  const [known, said] = found;
  const now: Candidate = { ...candidate, ...defined({ askedBy: said.askedBy }) };
  if (said.askedBy === undefined) delete now.askedBy;
  if (candidateDigest(now) === known) return { candidate: said, digest: known };
  throw new DualRegistryError(
    "GATE_REFUSED",
    `Candidate ${digest} is not what stands in ${candidate.from} as ${candidate.version} now:\n` +
      `  asked:  ${JSON.stringify(payloadOf(said))}\n  there:  ${JSON.stringify(payloadOf(now))}\n` +
      "ask anew: dualreg release request",
  );
}
