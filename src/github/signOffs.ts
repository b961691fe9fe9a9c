import { isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { stepOf } from "../domain/flow/step";
import type { SignOffRequest, StepFacts } from "../domain/flow/stepFacts";
import type { SignOffReader, SignOffs } from "../images/types";
import type { Github } from "./client";
import type { FlowGates } from "./gates";
import { People } from "./people";
import { readStep, type ReadStep } from "./readStep";
import { readCandidates } from "./requests";

/** Which release is promoted. */
export interface GithubSignOffs {
  /** What it is called at the stage before. */
  version: string;
  gates: FlowGates;
  workflow: string;
}

/**
 * Reads sign-offs from GitHub's own records: the candidate that holds the image, the run that its approvers approved,
 * and everything that `dualreg release check` looks at. What GitHub says counts as it is: there is no signature in
 * between, and so nothing but GitHub's answers is trusted.
 *
 * @returns a reader that throws DualRegistryError GATE_REFUSED with every reason, and what {@link Github} throws
 */
export function signOffsFromGithub(github: Github, { version, gates, workflow }: GithubSignOffs): SignOffReader {
  const read = new Map<string, Promise<ReadStep>>();
  return async ({ repository, digest, to }) => {
    const what = `Sign-offs of ${version} for ${to} on GitHub`;
    const refuse = (why: string): never => {
      throw new DualRegistryError("GATE_REFUSED", `${what}: ${why}`);
    };
    const [gate] = gates.chains[to] ?? [];
    if (!gate) return refuse(`nobody signs off ${to}; leave --sign-offs out`);
    const candidates = await readCandidates({ github, people: new People(github), workflow }, gate.environment);
    const holds = [...candidates.values()].filter(
      (candidate) =>
        candidate.version === version &&
        candidate.images.some((image) => image.repository === repository && image.digest === digest),
    );
    const tags = [...new Set(holds.map(({ tag }) => tag))];
    if (tags.length === 0)
      return refuse(`nobody was asked about ${repository}@${digest}; ask: dualreg release request`);
    let why = "";
    for (const tag of tags) {
      const step = stepOf(tag, { to, version });
      if ("problem" in step) return refuse(step.problem);
      const known = read.get(tag) ?? readStep(github, { step, gates, workflow });
      read.set(tag, known);
      const { facts, verdict } = await known;
      why = verdict.reasons.map((reason) => reason.why).join("\n  ");
      if (!verdict.legal || !verdict.request) continue;
      const found = signOffsOf(facts, verdict.request).find(
        (each) => each.repository === repository && each.digest === digest,
      );
      if (found) return found;
      why = `what was approved does not hold ${repository}@${digest}`;
    }
    return refuse(why);
  };
}

/** Everybody who may not approve: who wrote it, who asked for it and who placed its tag, each once. */
export function authorsOf({ authors, placed }: StepFacts, { askedBy, candidate }: SignOffRequest): string[] {
  const logins = [...authors.map(({ login }) => login), ...askedBy, candidate.askedBy ?? "", placed?.by ?? ""];
  const distinct = new Map(logins.filter((login) => login !== "").map((login) => [login.toLowerCase(), login]));
  return [...distinct.values()];
}

/** The sign-offs of a step in the form that promotions read, one for each image of the candidate. */
export function signOffsOf(facts: StepFacts, request: SignOffRequest): SignOffs[] {
  const { candidate, approvals } = request;
  const { version, from, to, commit } = candidate;
  const asked = approvals.filter(({ role }) => facts.roles?.includes(role) ?? false);
  // Once a role: an approval that was repeated by the same person is one approval.
  const roles = new Map([...asked].reverse().map((approval) => [approval.role, approval]));
  return candidate.images.flatMap(({ repository, digest }) => {
    if (!isDigest(digest)) return [];
    const given = [...roles.values()].reverse().flatMap(({ role, by, at }) => {
      return at === undefined ? [] : [{ role, by, at, commit: request.commit, digest }];
    });
    const authors = authorsOf(facts, request);
    return [{ from, to, repository, digest, version, commit, authors, approvals: given }];
  });
}
