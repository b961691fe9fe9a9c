import { createHash } from "node:crypto";
import { quoted } from "../../base/text/quote";
import { placeOf, type Stage } from "../stage";
import { branchFormOf } from "./branchVersion";
import {
  countedSuffix,
  parseVersion,
  prefixProblem,
  versionPattern,
  type VersionScheme,
  writeVersion,
} from "./version";

/** Whether a tag may be moved to another digest once it exists. */
export type TagRegime = "mutable" | "immutable";

/** A form of tag a registry takes: its name in documents and the whole-string expression that decides. */
interface TagForm {
  name: string;
  pattern: string;
}

/** A registry's tag rules. A tag is allowed where one form matches it whole. */
export interface TagRules {
  regime: TagRegime;
  forms: readonly TagForm[];
}

const TIMED_BETA = "-beta\\.[12]\\d{13}";

/** The forms of versions, with the prefix of the product in their names and in their expressions. */
function versionForms(scheme: VersionScheme) {
  const version = versionPattern(scheme);
  const form = (name: string, behind: string): TagForm => ({
    name: writeVersion(`X.Y.Z${name}`, scheme),
    pattern: `^${version}${behind}$`,
  });
  return {
    final: form("", ""),
    candidate: form("-rcN", countedSuffix("rc")),
    /** Also that of a branch, whose time is longer than any count. */
    beta: form("-betaN", `(?:${countedSuffix("beta")}|${TIMED_BETA})`),
    ofStage: (stage: Stage) => form(`-${stage}`, `-${stage}`),
    /** Versions of a branch, see branchVersion.ts: a time in UTC, and the beginning of a commit. */
    timedBeta: form("-beta.<timestamp>", TIMED_BETA),
    ofCommit: form("-dev.<sha>", "-dev\\.(?!0\\d+$)[0-9a-f]{6,40}"),
  };
}

function developmentForms(stage: Stage, scheme: VersionScheme): readonly TagForm[] {
  const { final, timedBeta, ofCommit } = versionForms(scheme);
  return [
    { name: "latest", pattern: "^latest$" },
    { name: stage, pattern: `^${stage}$` },
    { name: "feature-<name>", pattern: "^feature-[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}$" },
    { name: "test-<date>", pattern: "^test-\\d{4}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\\d|3[01])$" },
    final,
    timedBeta,
    ofCommit,
    { name: "<commit-sha>", pattern: "^[0-9a-f]{6,40}$" },
  ];
}

/**
 * The tag rules of a stage's registries.
 *
 * @param prereleases for the last stage only: also takes candidates and betas, where one registry serves staging and
 *   production
 */
export function tagRules(stage: Stage, scheme: VersionScheme, prereleases = false): TagRules {
  const place = placeOf(stage, scheme.stages);
  if (place === "first") return { regime: "mutable", forms: developmentForms(stage, scheme) };
  const { final, candidate, beta, ofStage } = versionForms(scheme);
  if (place === "last") return { regime: "immutable", forms: prereleases ? [final, candidate, beta] : [final] };
  return { regime: "immutable", forms: [candidate, beta, ofStage(stage)] };
}

/** True where the rules take the tag. 128 characters is the limit of the distribution specification. */
export function tagAllowed(rules: TagRules, tag: string): boolean {
  return tag.length <= 128 && rules.forms.some((form) => new RegExp(form.pattern, "u").test(tag));
}

/** A commit's tag, or that of a developer's version, which holds the beginning of one. */
const COMMIT_IN_TAG = /(?:^|-dev\.)([0-9a-f]{6,40})$/;

/** Whether a tag names a commit, and not the one that was built. */
function isOtherCommit(tag: string, commit: string): boolean {
  const named = COMMIT_IN_TAG.exec(tag)?.[1];
  return named !== undefined && !commit.startsWith(named);
}

const otherCommit = (tag: string, commit: string): string =>
  `tag ${quoted(tag)} names another commit than the one that was built; allowed: the first digits of ${quoted(commit)}`;

/** What tags are made from. */
export interface PublishTagInput extends VersionScheme {
  /** Such as v1.2.3-rc1. */
  version: string;
  /** The whole commit. */
  commit: string;
  stage: Stage;
  rules: TagRules;
  /** The branch built, where it is known: a feature's image is not `latest`. */
  branch?: string;
  /** Tags that were asked for by name. */
  asked?: readonly string[];
}

/** Which tags a publication sets, which it does not and why, and what is wrong. */
export interface PublishTags {
  set: readonly string[];
  left: readonly { tag: string; why: string }[];
  problems: readonly string[];
}

/** The forms of tag that the rules take, as people read them. */
export const formsOf = (rules: TagRules): string => rules.forms.map((form) => form.name).join(", ");

/** Characters of a feature's name in a tag, and digits that tell apart names which a tag writes alike. */
const FEATURE = { name: 120, hash: 8 } as const;

/**
 * `feature-login` for the branches `feature/login` and `sprint-12/feature/login`; undefined for any other branch. A name
 * that no tag can have as it is gets the beginning of its SHA-256 behind what is left of it, so that `feature/x/y` and
 * `feature/x-y` share no tag.
 */
function featureTag(branch: string | undefined): string | undefined {
  const name = /(?:^|\/)feature\/(.+)$/.exec(branch ?? "")?.[1];
  if (name === undefined) return undefined;
  const clean = name.replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[.-]+/, "");
  if (clean === name && name.length <= FEATURE.name) return `feature-${name}`;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, FEATURE.hash);
  const left = clean.slice(0, FEATURE.name - FEATURE.hash - 1);
  return ["feature", ...(left === "" ? [] : [left]), hash].join("-");
}

/** Whether a tag is a version, and neither the one that was built nor one that a branch makes of its numbers. */
function isOtherVersion(tag: string, version: string, scheme: VersionScheme): boolean {
  if (tag === version) return false;
  const ofBranch = branchFormOf(tag, scheme);
  if (ofBranch === undefined) return parseVersion(tag, scheme) !== undefined;
  return ofBranch.core !== (branchFormOf(version, scheme) ?? parseVersion(version, scheme))?.core;
}

const otherVersion = (tag: string, version: string): string =>
  `tag ${quoted(tag)} is another version than the one that was built; allowed: ${quoted(version)}`;

/** The tag of the stage: `dev` in the first, and `<version>-qa` where the version says nothing behind its numbers. */
function stageTags({ stage, version, branch, ...scheme }: PublishTagInput): string[] {
  const feature = featureTag(branch);
  const place = placeOf(stage, scheme.stages);
  if (place === "first") return feature === undefined ? ["latest", stage] : [feature];
  const plain = parseVersion(version, scheme)?.kind === "release";
  return place === "between" && plain ? ["latest", `${version}-${stage}`] : ["latest"];
}

/**
 * Decides the tags of a publication: commit, version, stage and `latest`, as far as the registry's rules take them. The
 * rules decide, and nothing else: a tag of another form is left out and said to be; one that was asked for by name is a
 * problem, and so is an image that would get no tag.
 */
export function publishTags(input: PublishTagInput): PublishTags {
  const { version, commit, stage, rules, asked = [] } = input;
  const named = [...new Set([version, ...stageTags(input), commit])].filter((tag) => !asked.includes(tag));
  const ofFeature = featureTag(input.branch) !== undefined && parseVersion(version, input)?.kind === "release";
  const isFirst = placeOf(stage, input.stages) === "first";
  // A version is what main makes; in a registry whose tags move, nothing else says that this is not one.
  const wanted = named.filter((tag) => !(isFirst && ofFeature && tag === version));
  const allowed = (tag: string) => tagAllowed(rules, tag);
  const forms = formsOf(rules);
  // Behind the first stage sign-offs or a promotion say which version it is.
  const wrongVersion = (tag: string) => isFirst && isOtherVersion(tag, version, input);
  const left = [
    ...named.filter((tag) => !wanted.includes(tag)).map((tag) => ({ tag, why: "a feature's image is no release" })),
    ...wanted.filter((tag) => !allowed(tag)).map((tag) => ({ tag, why: `${stage} takes ${forms}` })),
  ];
  const set = [
    ...wanted.filter(allowed),
    ...new Set(asked.filter((tag) => allowed(tag) && !isOtherCommit(tag, commit) && !wrongVersion(tag))),
  ];
  const otherForm = prefixProblem(version, input);
  const problems = [
    ...(otherForm === undefined ? [] : [otherForm]),
    ...asked
      .filter((tag) => !allowed(tag))
      .map((tag) => prefixProblem(tag, input) ?? `tag ${quoted(tag)} is not allowed in ${stage}; allowed: ${forms}`),
    ...asked.filter((tag) => allowed(tag) && isOtherCommit(tag, commit)).map((tag) => otherCommit(tag, commit)),
    ...asked.filter((tag) => allowed(tag) && wrongVersion(tag)).map((tag) => otherVersion(tag, version)),
  ];
  if (set.length === 0 && problems.length === 0) {
    problems.push(
      `version ${quoted(version)} gives no tag that ${stage} takes; allowed: ${forms}; publish a version of such a form`,
    );
  }
  return { set, left, problems };
}
