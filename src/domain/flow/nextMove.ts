import { compare, parse } from "semver";
import { parseVersion } from "../image/tags";
import { MAIN, nextReleaseBranch, releaseNumber, type ReleaseStage } from "./step";
import { reason, type Reason, short, type Verdict, verdictOf } from "./verdict";

/** The move that comes next for a stage; nothing where the newest release has arrived there. */
export type NextMove =
  | { move: "cut"; branch: string }
  | { move: "tag"; tag: string; branch?: string }
  | { move: "wait"; why: string }
  | { move: "none"; why: string };

/** The refs as they stand: release branches with their newest commit, version tags with theirs. */
export interface RefFacts {
  branches: readonly { name: string; head: string }[];
  tags: readonly { name: string; commit: string }[];
}

/** The newest first. */
const byVersion = (a: string, b: string): number => compare(b, a);

const coresOf = (tags: readonly string[]): string[] =>
  [...new Set(tags.flatMap((tag) => parseVersion(tag)?.core ?? []))].sort(byVersion);

/** One more than the highest version; the first is v0.0.1. */
export function nextVersion(tags: readonly string[]): string {
  const highest = parse(coresOf(tags)[0] ?? "v0.0.0");
  return highest ? `v${highest.inc("patch").version}` : "v0.0.1";
}

/** Which move is next for a stage, whoever may do it and whatever still stands against it. */
export function nextMove(stage: ReleaseStage, { branches, tags }: RefFacts): NextMove {
  const names = tags.map(({ name }) => name);
  if (stage === "qa") return nextForQa(branches, tags, names);
  const [core] = coresOf(names).filter((each) => names.includes(`${each}-${stage === "uat" ? "qa" : "uat"}`));
  if (core === undefined) {
    return { move: "wait", why: `nothing has reached ${stage === "uat" ? "qa" : "uat"} yet` };
  }
  const tag = stage === "uat" ? `${core}-uat` : core;
  if (names.includes(core)) return { move: "none", why: `${core} is released` };
  return names.includes(tag) ? { move: "none", why: `${tag} is there` } : { move: "tag", tag };
}

function nextForQa(branches: RefFacts["branches"], tags: RefFacts["tags"], names: readonly string[]): NextMove {
  const newest = [...branches].sort((a, b) => (releaseNumber(b.name) ?? 0) - (releaseNumber(a.name) ?? 0))[0];
  if (!newest) return { move: "cut", branch: nextReleaseBranch([]) };
  const there = tags.filter(({ commit }) => commit === newest.head).map(({ name }) => name);
  const [core] = coresOf(there);
  if (core === undefined) return { move: "tag", tag: `${nextVersion(names)}-qa`, branch: newest.name };
  if (names.includes(core)) return { move: "cut", branch: nextReleaseBranch(branches.map(({ name }) => name)) };
  return { move: "none", why: `${newest.name} is at ${there.sort(byVersion).join(", ")}` };
}

/** What decides whether a release branch may be cut, or was rightly cut. */
export interface CutFacts {
  /** The branch to be cut. */
  branch: string;
  /** The branch or commit it is cut from, as it was named. */
  from: string;
  commit: string;
  /** Whether the commit lies on main. */
  onMain: boolean;
  /** All other branches of the repository that are release branches. */
  others: readonly string[];
  /** Who cuts: entitled are the first role of qa's gate, and the automation. */
  by: { login: string; entitled: boolean };
  /** The teams and users who may, for the message. */
  entitled: readonly string[];
}

/** Judges a cut of `release/N`: from main, N the next number, by whoever signs off qa first, or by the automation. */
export function judgeCut({ branch, from, commit, onMain, others, by, entitled }: CutFacts): Verdict {
  const reasons: Reason[] = [];
  if (!onMain) {
    const what = `${branch} would begin at ${from} (${short(commit)}), which is not on ${MAIN}`;
    reasons.push(reason("cut-not-from-main", `${what}; bring it to ${MAIN} by a pull request, and cut from there`));
  }
  const next = nextReleaseBranch(others);
  if (branch !== next) {
    reasons.push(reason("cut-other-name", `branch ${JSON.stringify(branch)} is not the next one; allowed: ${next}`));
  }
  if (!by.entitled) {
    const allowed = [...entitled, "the automation"].join(", ");
    reasons.push(reason("cut-by-nobody-entitled", `"${by.login}" may not cut ${branch}; allowed: ${allowed}`));
  }
  return verdictOf(reasons);
}
