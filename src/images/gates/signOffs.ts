import { decode } from "../../base/decode/decode";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { readBounded } from "../../base/file";
import { fieldsOf, parseJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { CLOCK_SKEW } from "../../base/time";
import type { Stage } from "../../domain/stage";
import { isAbout } from "../../signing/statement";
import type { TrustedSigner, Verifier } from "../../signing/types";
import { signOffsSchema } from "../records";
import { PREDICATES, type SignOff, type SignOffReader, type SignOffs } from "../types";

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

/** Bytes of the largest file of sign-offs that is read. */
export const MAX_SIGN_OFFS = 4 * 1024 * 1024;

const BUNDLE = "application/vnd.dev.sigstore.bundle";
const SIGN_IT =
  `wrap it in an in-toto statement of predicate type ${PREDICATES.signOffs} about the image's digest, and have it ` +
  "signed as a Sigstore bundle by one of policies.signOffs.signers";

function refuse(code: "SIGNATURE_INVALID" | "CONTENT_INVALID", name: string, why: string): never {
  throw new DualRegistryError(code, `Sign-offs ${name}: ${why}`);
}

/** What was signed, as sign-offs, and about what is wanted. */
function readPredicate(name: string, predicate: unknown, wanted: Parameters<SignOffReader>[0]): SignOffs {
  const read = decode(signOffsSchema, predicate);
  if (!read.success) {
    const [issue] = read.error.issues;
    return refuse(
      "CONTENT_INVALID",
      name,
      `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}`,
    );
  }
  const about = read.data;
  for (const field of ["repository", "digest", "to"] as const) {
    if (about[field] === wanted[field]) continue;
    refuse("SIGNATURE_INVALID", name, `signed for ${field} ${quoted(about[field])}; wanted: ${quoted(wanted[field])}`);
  }
  return about;
}

/**
 * Reads sign-offs from a file: a Sigstore bundle that somebody trusted has signed, about this image and this stage. JSON
 * that nobody signed is refused, whatever it says.
 *
 * @param trusted policies.signOffs.signers of Pulumi.yaml
 * @returns a reader that throws DualRegistryError SIGNATURE_INVALID, CONTENT_INVALID or USAGE
 */
export function signOffsFromFile(file: string, trusted: readonly TrustedSigner[], verifier: Verifier): SignOffReader {
  return async (wanted) => {
    const name = quoted(file);
    if (trusted.length === 0) {
      return refuse(
        "SIGNATURE_INVALID",
        name,
        "nobody is trusted to sign them; name who is in policies.signOffs.signers of Pulumi.yaml",
      );
    }
    const bytes = readBounded(file, MAX_SIGN_OFFS);
    const { mediaType } = fieldsOf(parseJson(bytes, `Sign-offs ${name}`));
    if (typeof mediaType !== "string" || !mediaType.startsWith(BUNDLE)) {
      return refuse(
        "SIGNATURE_INVALID",
        name,
        `bare JSON, which anybody could have written; allowed: a Sigstore bundle; ${SIGN_IT}`,
      );
    }
    const { statement } = await verifier.verifyBundle(bytes, trusted);
    if (statement.predicateType !== PREDICATES.signOffs) {
      const type = quoted(statement.predicateType);
      return refuse("SIGNATURE_INVALID", name, `a statement of type ${type}; allowed: ${PREDICATES.signOffs}`);
    }
    if (!isAbout(statement, wanted.digest) || statement.subject.length > 1) {
      return refuse("SIGNATURE_INVALID", name, `the statement is not about ${wanted.digest} alone`);
    }
    return readPredicate(name, statement.predicate, wanted);
  };
}

/**
 * Reads the file of several that is about the image wanted: one for each image of a release.
 *
 * @throws DualRegistryError of the last file, where none is
 */
export function signOffsFromFiles(
  files: readonly string[],
  trusted: readonly TrustedSigner[],
  verifier: Verifier,
): SignOffReader {
  const readers = files.map((file) => signOffsFromFile(file, trusted, verifier));
  return async (wanted) => {
    let why: unknown = new DualRegistryError("USAGE", "No file of sign-offs was named; give one with --sign-offs");
    for (const read of readers) {
      try {
        return await read(wanted);
      } catch (error) {
        if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
        why = error;
      }
    }
    throw why;
  };
}
