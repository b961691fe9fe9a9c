import { quoted } from "../../base/text/quote";
import { branchFormOf } from "../image/branchVersion";
import {
  parseVersion,
  prefixProblem,
  releaseName,
  sortVersions,
  type Version,
  type VersionScheme,
} from "../image/version";
import { entryStage, gatedStages, lastStage, type Stage } from "../stage";

/** A tag of the repository, and the commit that it stands for. */
export interface GitTag {
  name: string;
  commit: string;
}

/** A tag that is a version of the release flow. */
interface ListedVersion {
  tag: string;
  commit: string;
  kind: Version["kind"];
  /** The release that it is, or is on the way to. */
  release: string;
  /** Whether that release has its own tag. */
  released: boolean;
  /** The stages that it is a version of: a candidate keeps its name through those in the middle. */
  stages: readonly Stage[];
}

/** The tags of a repository, told apart. */
export interface VersionList {
  /** The newest first. */
  versions: readonly ListedVersion[];
  /** What branches made: betas with their time, versions of developers. */
  branches: readonly { tag: string; commit: string; form: "beta" | "dev"; release: string }[];
  /** What is no version, and why. */
  others: readonly { tag: string; why: string }[];
}

function stagesOf({ kind, stage }: Version, { stages }: VersionScheme): readonly Stage[] {
  if (kind === "release") return [lastStage(stages)];
  if (kind === "stage" && stage !== undefined) return [stage];
  const middle = gatedStages(stages).filter((each) => each !== lastStage(stages));
  return middle.length === 0 ? [entryStage(stages)] : middle;
}

/** Of a tag such as `orders-v1.1.0`, as a merged bump gets it. */
function chartOf(tag: string, scheme: VersionScheme): string | undefined {
  const [, chart = "", version = ""] = /^([a-z0-9][a-z0-9.-]*?)-(v?\d+\..*)$/.exec(tag) ?? [];
  return parseVersion(version, scheme)?.kind === "release" ? `${version} of chart ${chart}` : undefined;
}

/** Tells the tags of a repository apart: versions by number, what branches made, and what parses as neither. */
export function listVersions(tags: readonly GitTag[], scheme: VersionScheme): VersionList {
  const names = tags.map(({ name }) => name);
  const commits = new Map(tags.map(({ name, commit }) => [name, commit]));
  const versions = sortVersions(names, scheme).map(({ tag, ...version }): ListedVersion => {
    const { kind, core } = version;
    const about = { kind, release: core, released: commits.has(core), stages: stagesOf(version, scheme) };
    return { tag, commit: commits.get(tag) ?? "", ...about };
  });
  const rest = tags.filter(({ name }) => parseVersion(name, scheme) === undefined);
  const made = rest.map(({ name, commit }) => ({ tag: name, commit, made: branchFormOf(name, scheme) }));
  return {
    versions,
    branches: made.flatMap(({ made: found, ...tag }) =>
      found === undefined ? [] : [{ ...tag, form: found.form, release: found.core }],
    ),
    others: made.flatMap(({ tag, made: found }) =>
      found === undefined ? [{ tag, why: prefixProblem(tag, scheme) ?? chartOf(tag, scheme) ?? "no version" }] : [],
    ),
  };
}

/** Where a rollback goes, or what is wrong with it. */
export type Rollback =
  { from: string; to: GitTag; passedOver: readonly { tag: string; why: string }[] } | { problem: string };

/**
 * The release that a rollback goes to: the one that is named, or the newest below the newest that came through every
 * stage on one commit, under the stages' names or as a candidate.
 *
 * @param named as it was written
 */
export function rollbackTarget(tags: readonly GitTag[], scheme: VersionScheme, named?: string): Rollback {
  const releases = listVersions(tags, scheme).versions.filter(({ kind }) => kind === "release");
  const [newest, ...older] = releases;
  if (newest === undefined) return { problem: "no release has a tag here, so there is nothing to go back from" };
  const from = newest.tag;
  if (named !== undefined) {
    const target = older.find(({ tag }) => tag === named);
    if (target === undefined) return { problem: namedProblem(named, from, older, scheme) };
    const why = incomplete(target, tags, scheme);
    if (why === undefined) return { from, to: { name: target.tag, commit: target.commit }, passedOver: [] };
    const other = `GitHub's records may say more: dualreg release check ${target.tag} --taken`;
    return { problem: `${target.tag} is not whole: ${why}; name another one. ${other}` };
  }
  const passedOver: { tag: string; why: string }[] = [];
  for (const { tag, commit } of older) {
    const why = incomplete({ tag, commit }, tags, scheme);
    if (why === undefined) return { from, to: { name: tag, commit }, passedOver };
    passedOver.push({ tag, why });
  }
  const seen = passedOver.map(({ tag, why }) => `${tag} (${why})`).join(", ");
  const others = seen === "" ? "there is none" : `not whole: ${seen}`;
  return { problem: `no release before ${from} can be gone back to: ${others}` };
}

function namedProblem(named: string, from: string, older: readonly ListedVersion[], scheme: VersionScheme): string {
  if (named === from) return `${from} is the newest release, so nothing is gone back to`;
  const known = older.slice(0, 10).map(({ tag }) => tag);
  const allowed = known.length === 0 ? `no release is older than ${from}` : `allowed: ${known.join(", ")}`;
  return prefixProblem(named, scheme) ?? `${quoted(named)} is no release before ${from}; ${allowed}`;
}

/** What is missing of a release on its way through the stages; undefined where it came through all on one commit. */
function incomplete(
  { tag, commit }: Pick<ListedVersion, "tag" | "commit">,
  tags: readonly GitTag[],
  scheme: VersionScheme,
): string | undefined {
  const { stages } = scheme;
  const asCandidate = tags.some(({ name, commit: its }) => {
    const version = parseVersion(name, scheme);
    return its === commit && version?.kind === "candidate" && version.core === tag;
  });
  if (asCandidate) return undefined;
  for (const stage of gatedStages(stages).slice(0, -1)) {
    const name = releaseName(tag, stage, scheme);
    const found = tags.find((each) => each.name === name);
    if (found === undefined) return `there is no ${name}`;
    if (found.commit !== commit) return `${name} stands for another commit`;
  }
  return undefined;
}
