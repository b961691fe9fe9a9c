import { compare, parse } from "semver";
import { parseVersion } from "../versions";
import { nextReleaseBranch, releaseNumber } from "./branches";
import type { ReleaseStage } from "./step";

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
