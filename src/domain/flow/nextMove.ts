import { compare, parse } from "semver";
import {
  parseVersion,
  releaseName,
  sortVersions,
  suffixNumber,
  type VersionScheme,
  writeVersion,
} from "../image/version";
import { entryStage, lastStage, type Stage, stageBefore } from "../stage";
import { MAIN, nextReleaseBranch, releaseNumber } from "./step";
import { reason, type Reason, short, type Verdict, verdictOf } from "./verdict";

/** The move that comes next for a stage; nothing where the newest release has arrived there. */
export type NextMove =
  | { move: "cut"; branch: string }
  | { move: "tag"; tag: string; branch?: string; version?: string }
  | { move: "wait"; why: string }
  | { move: "none"; why: string };

/** The refs as they stand: release branches with their newest commit, version tags with theirs. */
export interface RefFacts {
  branches: readonly { name: string; head: string }[];
  tags: readonly { name: string; commit: string }[];
}

/** The newest first. */
const byVersion = (a: string, b: string): number => compare(b, a);

const coresOf = (tags: readonly string[], scheme: VersionScheme): string[] =>
  [...new Set(tags.flatMap((tag) => parseVersion(tag, scheme)?.core ?? []))].sort(byVersion);

/** How far a version goes on. */
export type VersionStep = "patch" | "minor" | "major";

/** One more than the highest version; the first patch is 0.0.1. */
export function nextVersion(tags: readonly string[], scheme: VersionScheme, step: VersionStep = "patch"): string {
  const highest = parse(coresOf(tags, scheme)[0] ?? "0.0.0");
  return writeVersion(highest?.inc(step).version ?? "0.0.1", scheme);
}

/** Which move is next for a stage, whoever may do it and whatever still stands against it. */
export function nextMove(stage: Stage, { branches, tags }: RefFacts, scheme: VersionScheme): NextMove {
  const { stages } = scheme;
  const names = tags.map(({ name }) => name);
  const before = stageBefore(stage, stages);
  if (stage === entryStage(stages) || before === undefined) return nextForEntry(branches, tags, scheme);
  const nameIn = (core: string, where: Stage) => releaseName(core, where, scheme);
  const [core] = coresOf(names, scheme).filter((each) => names.includes(nameIn(each, before)));
  if (core === undefined) return { move: "wait", why: `nothing has reached ${before} yet` };
  const tag = nameIn(core, stage);
  if (names.includes(nameIn(core, lastStage(stages)))) return { move: "none", why: `${core} is released` };
  return names.includes(tag) ? { move: "none", why: `${tag} is there` } : { move: "tag", tag };
}

const newestBranch = (branches: RefFacts["branches"]) =>
  [...branches].sort((a, b) => (releaseNumber(b.name) ?? 0) - (releaseNumber(a.name) ?? 0))[0];

function nextForEntry(branches: RefFacts["branches"], tags: RefFacts["tags"], scheme: VersionScheme): NextMove {
  const names = tags.map(({ name }) => name);
  const newest = newestBranch(branches);
  if (!newest) return { move: "cut", branch: nextReleaseBranch([]) };
  const there = tags.filter(({ commit }) => commit === newest.head).map(({ name }) => name);
  const [core] = coresOf(there, scheme);
  if (core === undefined) {
    const tag = releaseName(nextVersion(names, scheme), entryStage(scheme.stages), scheme);
    return { move: "tag", tag, branch: newest.name };
  }
  if (names.includes(core)) return { move: "cut", branch: nextReleaseBranch(branches.map(({ name }) => name)) };
  const standing = sortVersions(there, scheme).map(({ tag }) => tag);
  return { move: "none", why: `${newest.name} is at ${standing.join(", ")}` };
}

/** The candidates among tags, such as v1.2.3-rc2, the newest first. */
const candidatesOf = (tags: readonly string[], scheme: VersionScheme) =>
  sortVersions(tags, scheme).filter(({ kind }) => kind === "candidate");

/**
 * The candidate that comes next of a version: one more than the highest, by number and in the form that the version's
 * candidates have, `-rcN` or `-rc.N`.
 *
 * @param core with the product's prefix
 */
export function candidateAfter(core: string, tags: readonly string[], scheme: VersionScheme): string {
  const newest = candidatesOf(tags, scheme).find((each) => each.core === core);
  const lead = newest?.suffix.startsWith("-rc.") === true ? "-rc." : "-rc";
  return `${core}${lead}${newest === undefined ? 1 : suffixNumber(newest) + 1}`;
}

/**
 * The candidate that comes next: a version that has one goes on with the next number, unless another version is already
 * further; else the next version begins.
 */
export function nextCandidateOf(tags: readonly string[], scheme: VersionScheme): string {
  const [open] = candidatesOf(tags, scheme).filter(({ core }) => !tags.includes(core));
  const goesOn = open !== undefined && coresOf(tags, scheme)[0] === open.core;
  return candidateAfter(goesOn ? open.core : nextVersion(tags, scheme), tags, scheme);
}

/**
 * Which move is next for a stage on the way of a candidate: v1.2.3-rc1 is tagged where gates begin, goes on under that
 * name, and is called v1.2.3 in the last stage. A move of a middle stage names the candidate whether it arrived or not:
 * its tag stands since the first step.
 */
export function nextCandidate(stage: Stage, refs: RefFacts, scheme: VersionScheme): NextMove {
  const { stages } = scheme;
  const [entry, last] = [entryStage(stages), lastStage(stages)];
  if (entry === last) {
    return { move: "none", why: `gates begin at ${last}, the last stage, where candidates have their final name` };
  }
  const names = refs.tags.map(({ name }) => name);
  const [open] = candidatesOf(names, scheme).filter(({ core }) => !names.includes(core));
  if (stage === last) {
    if (open === undefined) return { move: "wait", why: "there is no candidate that is not released" };
    return { move: "tag", tag: open.core, version: open.tag };
  }
  if (stage !== entry) {
    return open === undefined
      ? { move: "wait", why: `no candidate has reached ${entry} yet` }
      : { move: "tag", tag: open.tag };
  }
  const newest = newestBranch(refs.branches);
  if (!newest) return { move: "cut", branch: nextReleaseBranch([]) };
  const there = refs.tags.filter(({ commit }) => commit === newest.head).map(({ name }) => name);
  const [here] = coresOf(there, scheme);
  if (here !== undefined && names.includes(here)) {
    return { move: "cut", branch: nextReleaseBranch(refs.branches.map(({ name }) => name)) };
  }
  const [candidate] = candidatesOf(there, scheme);
  if (candidate) return { move: "none", why: `${newest.name} is at ${candidate.tag}` };
  return { move: "tag", tag: nextCandidateOf(names, scheme), branch: newest.name };
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
  /** Who cuts: entitled are the first role of the entry stage's gate, and the automation. */
  by: { login: string; entitled: boolean };
  /** The teams and users who may, for the message. */
  entitled: readonly string[];
}

/** Judges a cut of `release/N`: from main, N the next number, by whoever signs off the entry stage first, or by the automation. */
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
