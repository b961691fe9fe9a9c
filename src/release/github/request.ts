import type { Candidate } from "../../domain/flow/facts";
import { DualRegistryError } from "../../errors";
import type { Digest } from "../../oci/digest";
import { candidateDigest, CANDIDATE_TASK, payloadOf } from "./candidate";
import type { Github } from "./client";
import type { Gate } from "./gates";
import { People } from "./people";
import { readCandidates } from "./readRequests";
import { anythingSchema } from "./schemas";

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
  { gate, workflow }: { gate: Gate; workflow: string },
): Promise<Requested> {
  const digest = candidateDigest(candidate);
  const { tag, to, branch } = candidate;
  const kept = await readCandidates({ github, people: new People(github), workflow }, gate.environment);
  if (!kept.has(digest)) await keep(github, candidate, gate);
  const inputs = { tag, to, candidate: digest };
  const route = "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches";
  await github.call(route, { workflow_id: workflow, ref: branch, inputs }, anythingSchema);
  return { candidate, digest };
}

async function keep(github: Github, candidate: Candidate, { environment }: Gate): Promise<void> {
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
  asked: { digest: string; gate: Gate; workflow: string },
): Promise<Requested> {
  const { digest, gate, workflow } = asked;
  const kept = await readCandidates({ github, people: new People(github), workflow }, gate.environment);
  const found = [...kept].find(([each]) => each === digest);
  if (!found) throw new DualRegistryError("NOT_FOUND", `No candidate ${digest} for ${candidate.tag}; ask anew`);
  const [known, said] = found;
  const now: Candidate = { ...candidate, ...(said.askedBy === undefined ? {} : { askedBy: said.askedBy }) };
  if (said.askedBy === undefined) delete now.askedBy;
  if (candidateDigest(now) === known) return { candidate: said, digest: known };
  throw new DualRegistryError(
    "GATE_REFUSED",
    `Candidate ${digest} is not what stands in ${candidate.from} as ${candidate.version} now:\n` +
      `  asked:  ${JSON.stringify(payloadOf(said))}\n  there:  ${JSON.stringify(payloadOf(now))}\n` +
      "ask anew: dualreg release request",
  );
}
