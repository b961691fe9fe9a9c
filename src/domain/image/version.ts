import { compare } from "semver";
import { quoted } from "../../base/text/quote";
import { isStage, lastStage, type Stage, type Stages } from "../stage";

/** What stands in front of a product's versions: a `v`, or nothing. */
export const VERSION_PREFIXES = ["v", "none"] as const;

/** One of these. */
export type VersionPrefix = (typeof VERSION_PREFIXES)[number];

/** What decides how a product writes its versions: every grammar of tags and versions asks this, and nothing else. */
export interface VersionScheme {
  /** The project's stages, in the order of promotion. */
  readonly stages: Stages;
  readonly versionPrefix: VersionPrefix;
}

/** The text in front of the numbers. */
const LEADS: Readonly<Record<VersionPrefix, string>> = { v: "v", none: "" };

/** A version taken apart, as its product writes it. */
export interface Version {
  /** `v1.2.3`, or `1.2.3` where the product writes no prefix. */
  core: string;
  /** `-rc1`, `-beta.2` or `-qa`, as written; empty for a release. */
  suffix: string;
  kind: "release" | "candidate" | "beta" | "stage";
  /** The stage of a `-<stage>` suffix. */
  stage?: Stage;
}

const NUMBER = "(?:0|[1-9]\\d{0,9})";
const NUMBERS = `${NUMBER}\\.${NUMBER}\\.${NUMBER}`;
/** Numbers have no zero in front. Source: Semantic Versioning 2.0.0, 9. */
const COUNT = "(?:0|[1-9]\\d{0,8})";
/** The expression of a candidate's or beta's suffix: `-rc1` and `-rc.1` alike, of which semver orders the second by number. */
export const countedSuffix = (kind: "rc" | "beta"): string => `-${kind}\\.?${COUNT}`;
const SUFFIXES = `(?:(${countedSuffix("rc")})|(${countedSuffix("beta")})|-([a-z][a-z0-9]{1,11}))?`;

const formOf = (lead: string): RegExp => new RegExp(`^(${lead}${NUMBERS})${SUFFIXES}$`);

const FORMS: Readonly<Record<VersionPrefix, RegExp>> = { v: formOf(LEADS.v), none: formOf(LEADS.none) };

/** A tag's version; undefined for any other tag, such as `latest`, a commit, `1.2.3-<no stage>` or the other prefix. */
export function parseVersion(tag: string, { stages, versionPrefix }: VersionScheme): Version | undefined {
  const match = FORMS[versionPrefix].exec(tag);
  if (!match) return undefined;
  const [, core = "", candidate, beta, stage] = match;
  if (candidate !== undefined) return { core, suffix: candidate, kind: "candidate" };
  if (beta !== undefined) return { core, suffix: beta, kind: "beta" };
  if (stage === undefined) return { core, suffix: "", kind: "release" };
  return isStage(stage, stages) ? { core, suffix: `-${stage}`, kind: "stage", stage } : undefined;
}

/**
 * What is wrong with a text that begins as a version of the other prefix does; undefined where nothing is.
 *
 * @returns one sentence that says the product's own form
 */
export function prefixProblem(
  text: string,
  { versionPrefix }: Pick<VersionScheme, "versionPrefix">,
): string | undefined {
  const [, numbers, rest = ""] = new RegExp(`^v?(${NUMBERS})(-[0-9A-Za-z.-]*)?$`).exec(text) ?? [];
  if (numbers === undefined || text.startsWith("v") === (versionPrefix === "v")) return undefined;
  const own = writeVersion(`${numbers}${rest}`, { versionPrefix });
  const why =
    versionPrefix === "v"
      ? "has no v in front, and this product's versions have one"
      : "has a v in front, and this product's versions have none";
  return `version ${quoted(text)} ${why} (product.versionPrefix: ${versionPrefix}); allowed: ${own}`;
}

/** A version as the product writes it, from its numbers and what stands behind them, such as `1.2.3-rc1`. */
export const writeVersion = (numbers: string, { versionPrefix }: Pick<VersionScheme, "versionPrefix">): string =>
  `${LEADS[versionPrefix]}${numbers}`;

/** Three numbers, or a release as the product writes it, as the product writes it; undefined for anything else. */
export function coreOf(text: string, scheme: VersionScheme): string | undefined {
  const core = /^\d/.test(text) ? writeVersion(text, scheme) : text;
  return parseVersion(core, scheme)?.kind === "release" ? core : undefined;
}

/** The numbers of a version without its prefix, for what knows none: a chart, a package. */
export const withoutPrefix = (version: string): string => version.replace(/^v/, "");

/** The expression of `X.Y.Z` with the product's prefix, to be part of another. */
export const versionPattern = ({ versionPrefix }: Pick<VersionScheme, "versionPrefix">): string =>
  `${LEADS[versionPrefix]}${NUMBERS}`;

/**
 * The pattern of a product's version tags in GitHub's rulesets: `v*`, or `[0-9]*`. A pattern of fnmatch is no grammar, so
 * it reaches more than versions; it reaches no version of the other prefix.
 * Source: GitHub documentation, "Creating rulesets for a repository" (fnmatch syntax, sets of characters).
 */
export const versionGlob = ({ versionPrefix }: Pick<VersionScheme, "versionPrefix">): string =>
  versionPrefix === "v" ? "v*" : "[0-9]*";

/** What a release is called in a stage: `v1.2.3-<stage>`, and `v1.2.3` in the last. */
export const releaseName = (core: string, stage: Stage, { stages }: Pick<VersionScheme, "stages">): string =>
  stage === lastStage(stages) ? core : `${core}-${stage}`;

/** The number of a candidate or beta; 0 for any other. */
export const suffixNumber = ({ suffix }: Pick<Version, "suffix">): number => Number(/\d+$/.exec(suffix)?.[0] ?? 0);

const KINDS: readonly Version["kind"][] = ["beta", "candidate", "stage", "release"];

/**
 * Orders versions: by their numbers, then betas, candidates, stages and the release. Candidates go by their number, so
 * that rc10 comes behind rc2, and rc.10 beside rc10.
 */
export function compareVersions(a: Version, b: Version, { stages }: Pick<VersionScheme, "stages">): number {
  const at = ({ stage }: Version): number => (stage === undefined ? 0 : stages.indexOf(stage));
  return (
    compare(a.core, b.core) ||
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    suffixNumber(a) - suffixNumber(b) ||
    at(a) - at(b)
  );
}

/** A tag that is a version, and the version. */
export interface VersionTag extends Version {
  tag: string;
}

/** The versions among tags, the newest first; what is no version is left out. */
export const sortVersions = (tags: readonly string[], scheme: VersionScheme): VersionTag[] =>
  tags
    .flatMap((tag) => {
      const version = parseVersion(tag, scheme);
      return version === undefined ? [] : [{ tag, ...version }];
    })
    .sort((a, b) => compareVersions(b, a, scheme));
