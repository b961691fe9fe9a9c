import { quoted } from "../../boundedFile";
import type { Stage } from "../../domain/stage";
import type { Digest } from "../../oci/digest";
import type { SignOff, SignOffs } from "../contract";
import { CLOCK_SKEW } from "./time";

/** What sign-offs are held against. */
export interface SignOffFacts {
  /** Roles that sign off, in the order of the chain. */
  roles: readonly string[];
  /** Path of the repository. */
  repository: string;
  digest: Digest;
  from: Stage;
  to: Stage;
  version: string;
  /** The commit the image was built from, where its labels or records say. */
  commit?: string;
  now: Date;
}

/** What is wrong, and what was seen and is not. */
export interface SignOffJudgement {
  problems: readonly string[];
  notes: readonly string[];
}

/** One person, whatever the letter case of the login. */
const person = (login: string): string => login.toLowerCase();

function releaseProblems(signOffs: SignOffs, facts: SignOffFacts): string[] {
  const problems: string[] = [];
  for (const field of ["repository", "digest", "from", "to", "version", "commit"] as const) {
    const wanted = facts[field];
    if (wanted === undefined || signOffs[field] === wanted) continue;
    problems.push(
      `signed off is ${field} ${quoted(signOffs[field])}; wanted: ${quoted(wanted)}; ask for sign-offs of this release`,
    );
  }
  if (signOffs.authors.length === 0) {
    problems.push("no author is named, so nobody can be told from those who approved; name who wrote and who asked");
  }
  return problems;
}

function approvalProblems(approval: SignOff, signOffs: SignOffs, now: Date): string[] {
  const { role, by, at, commit, digest } = approval;
  const who = `${quoted(by)} for role ${quoted(role)}`;
  const problems: string[] = [];
  if (commit !== signOffs.commit) problems.push(`${who} approved commit ${commit}; wanted: ${signOffs.commit}`);
  if (digest !== signOffs.digest) problems.push(`${who} approved digest ${digest}; wanted: ${signOffs.digest}`);
  if (signOffs.authors.some((author) => person(author) === person(by))) {
    problems.push(`${who} approved, and is an author of it; allowed: somebody who neither wrote it nor asked for it`);
  }
  const time = Date.parse(at);
  if (Number.isNaN(time) || time > now.getTime() + CLOCK_SKEW)
    problems.push(`${who} approved at ${at}, which is yet to come`);
  return problems;
}

/** Each role approved once, each by somebody else, and one after the other. */
function chainProblems(signOffs: SignOffs, roles: readonly string[]): string[] {
  const problems: string[] = [];
  const chain: SignOff[] = [];
  for (const role of roles) {
    const [first, ...more] = signOffs.approvals.filter((approval) => approval.role === role);
    if (!first)
      problems.push(`role ${quoted(role)} has not approved; allowed: an approval of each of ${roles.join(", ")}`);
    else chain.push(first);
    if (more.length > 0) problems.push(`role ${quoted(role)} approved ${more.length + 1} times; allowed: once`);
  }
  chain.forEach((approval, at) => {
    const same = chain.slice(0, at).find((earlier) => person(earlier.by) === person(approval.by));
    if (same) {
      problems.push(
        `${quoted(approval.by)} approved for ${quoted(same.role)} and for ${quoted(approval.role)}; allowed: distinct people`,
      );
    }
    const before = chain[at - 1];
    if (before && Date.parse(before.at) > Date.parse(approval.at)) {
      problems.push(
        `role ${quoted(approval.role)} approved at ${approval.at}, before role ${quoted(before.role)} at ${before.at}; ` +
          `allowed: in the order ${roles.join(", ")}`,
      );
    }
  });
  return problems;
}

/**
 * Judges sign-offs that were verified already: they are of this release, each role of the chain approved once, distinct
 * people, none of the authors, each of this digest and commit, none in the future, in the chain's order. An approval of
 * a role that nobody asked for counts for nothing, and is noted.
 */
export function signOffProblems(signOffs: SignOffs, facts: SignOffFacts): SignOffJudgement {
  const asked = signOffs.approvals.filter(({ role }) => facts.roles.includes(role));
  const others = signOffs.approvals.filter(({ role }) => !facts.roles.includes(role));
  return {
    problems: [
      ...releaseProblems(signOffs, facts),
      ...asked.flatMap((approval) => approvalProblems(approval, signOffs, facts.now)),
      ...chainProblems(signOffs, facts.roles),
    ],
    notes: others.map(
      ({ role, by }) => `${quoted(by)} approved for role ${quoted(role)}, which ${facts.to} does not ask for`,
    ),
  };
}
