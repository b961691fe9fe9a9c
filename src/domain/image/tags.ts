import { isStage, lastStage, placeOf, type Stage, type Stages } from "../stage";

/** A version as this project's tags write it, taken apart. */
export interface Version {
  /** `v1.2.3`. */
  core: string;
  /** `-rc1`, `-beta.2` or `-qa`, as written; empty for a release. */
  suffix: string;
  kind: "release" | "candidate" | "beta" | "stage";
  /** The stage of a `-<stage>` suffix. */
  stage?: Stage;
}

const FORM =
  /^(v(?:0|[1-9]\d{0,9})\.(?:0|[1-9]\d{0,9})\.(?:0|[1-9]\d{0,9}))(?:(-rc\.?\d{1,9})|(-beta\.?\d{1,9})|-([a-z][a-z0-9]{1,11}))?$/;

/** A tag's version; undefined for a tag that is none, such as `latest`, a commit or `v1.2.3-<no stage>`. */
export function parseVersion(tag: string, stages: Stages): Version | undefined {
  const match = FORM.exec(tag);
  if (!match) return undefined;
  const [, core = "", candidate, beta, stage] = match;
  if (candidate !== undefined) return { core, suffix: candidate, kind: "candidate" };
  if (beta !== undefined) return { core, suffix: beta, kind: "beta" };
  if (stage === undefined) return { core, suffix: "", kind: "release" };
  return isStage(stage, stages) ? { core, suffix: `-${stage}`, kind: "stage", stage } : undefined;
}

/** What a release is called in a stage: `v1.2.3-<stage>`, and `v1.2.3` in the last. */
export const releaseName = (core: string, stage: Stage, stages: Stages): string =>
  stage === lastStage(stages) ? core : `${core}-${stage}`;

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

const VERSION = "v(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)";
const FINAL: TagForm = { name: "vX.Y.Z", pattern: `^${VERSION}$` };
/** `-rc1` and `-rc.1` alike: the first is the source's, the second is what semver orders by number. */
const CANDIDATE: TagForm = { name: "vX.Y.Z-rcN", pattern: `^${VERSION}-rc\\.?(?:0|[1-9]\\d*)$` };
const BETA: TagForm = { name: "vX.Y.Z-betaN", pattern: `^${VERSION}-beta\\.?(?:0|[1-9]\\d*)$` };

/** Versions of a branch, see branchVersion.ts: a time in UTC, and the beginning of a commit. */
const TIMED_BETA: TagForm = { name: "vX.Y.Z-beta.<timestamp>", pattern: `^${VERSION}-beta\\.[12]\\d{13}$` };
const OF_COMMIT: TagForm = { name: "vX.Y.Z-dev.<sha>", pattern: `^${VERSION}-dev\\.(?!0\\d+$)[0-9a-f]{6,40}$` };

const developmentForms = (stage: Stage): readonly TagForm[] => [
  { name: "latest", pattern: "^latest$" },
  { name: stage, pattern: `^${stage}$` },
  { name: "feature-<name>", pattern: "^feature-[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}$" },
  { name: "test-<date>", pattern: "^test-\\d{4}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\\d|3[01])$" },
  TIMED_BETA,
  OF_COMMIT,
  { name: "<commit-sha>", pattern: "^[0-9a-f]{6,40}$" },
];

/**
 * The tag rules of a stage's registries.
 *
 * @param prereleases for the last stage only: also takes candidates and betas, where one registry serves staging and
 *   production
 */
export function tagRules(stage: Stage, stages: Stages, prereleases = false): TagRules {
  const place = placeOf(stage, stages);
  if (place === "first") return { regime: "mutable", forms: developmentForms(stage) };
  if (place === "last") return { regime: "immutable", forms: prereleases ? [FINAL, CANDIDATE, BETA] : [FINAL] };
  return {
    regime: "immutable",
    forms: [CANDIDATE, BETA, { name: `vX.Y.Z-${stage}`, pattern: `^${VERSION}-${stage}$` }],
  };
}

/** True where the rules take the tag. 128 characters is the limit of the distribution specification. */
export function tagAllowed(rules: TagRules, tag: string): boolean {
  return tag.length <= 128 && rules.forms.some((form) => new RegExp(form.pattern, "u").test(tag));
}

/** What tags are made from. */
export interface PublishTagInput {
  /** Such as v1.2.3-rc1. */
  version: string;
  /** The whole commit. */
  commit: string;
  stage: Stage;
  stages: Stages;
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

/** `feature-login` for the branches `feature/login` and `sprint-12/feature/login`; undefined for any other branch. */
function featureTag(branch: string | undefined): string | undefined {
  const name = /(?:^|\/)feature\/(.+)$/.exec(branch ?? "")?.[1];
  return name === undefined
    ? undefined
    : `feature-${name.replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[.-]+/, "")}`.slice(0, 128);
}

/** The tag of the stage: `dev` in the first, and `<version>-qa` where the version says nothing behind its numbers. */
function stageTags({ stage, stages, version, branch }: PublishTagInput): string[] {
  const feature = featureTag(branch);
  const place = placeOf(stage, stages);
  if (place === "first") return feature === undefined ? ["latest", stage] : [feature];
  const plain = parseVersion(version, stages)?.kind === "release";
  return place === "between" && plain ? ["latest", `${version}-${stage}`] : ["latest"];
}

/**
 * Decides the tags of a publication: commit, version, stage and `latest`, as far as the registry's rules take them. The
 * rules decide, and nothing else: a tag of another form is left out and said to be; one that was asked for by name is a
 * problem, and so is an image that would get no tag.
 */
export function publishTags(input: PublishTagInput): PublishTags {
  const { version, commit, stage, rules, asked = [] } = input;
  const wanted = [...new Set([version, ...stageTags(input), commit])].filter((tag) => !asked.includes(tag));
  const allowed = (tag: string) => tagAllowed(rules, tag);
  const forms = formsOf(rules);
  const left = wanted.filter((tag) => !allowed(tag)).map((tag) => ({ tag, why: `${stage} takes ${forms}` }));
  const set = [...wanted.filter(allowed), ...new Set(asked.filter(allowed))];
  const problems = asked
    .filter((tag) => !allowed(tag))
    .map((tag) => `tag ${JSON.stringify(tag.slice(0, 200))} is not allowed in ${stage}; allowed: ${forms}`);
  if (set.length === 0 && problems.length === 0) {
    const text = JSON.stringify(version.slice(0, 200));
    problems.push(
      `version ${text} gives no tag that ${stage} takes; allowed: ${forms}; publish a version of such a form`,
    );
  }
  return { set, left, problems };
}
