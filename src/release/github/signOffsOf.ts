import type { SignOffRequest, StepFacts } from "../../domain/flow/facts";
import { isDigest } from "../../oci/digest";
import type { SignOffs } from "../contract";

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
