import type { Stage } from "./stage";

/** Whether a tag may be moved to another digest once it exists. */
export type TagRegime = "mutable" | "immutable";

/** A form of tag a registry takes: its name in documents and the whole-string expression that decides. */
export interface TagForm {
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

const DEVELOPMENT: readonly TagForm[] = [
  { name: "latest", pattern: "^latest$" },
  { name: "dev", pattern: "^dev$" },
  { name: "feature-<name>", pattern: "^feature-[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}$" },
  { name: "test-<date>", pattern: "^test-\\d{4}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\\d|3[01])$" },
  { name: "<commit-sha>", pattern: "^[0-9a-f]{7,40}$" },
];

/**
 * The tag rules of a stage's registries.
 *
 * @param prereleases for prod only: also takes candidates and betas, where one registry serves staging and production
 */
export function tagRules(stage: Stage, prereleases = false): TagRules {
  if (stage === "dev") return { regime: "mutable", forms: DEVELOPMENT };
  if (stage === "prod") return { regime: "immutable", forms: prereleases ? [FINAL, CANDIDATE, BETA] : [FINAL] };
  return {
    regime: "immutable",
    forms: [CANDIDATE, BETA, { name: `vX.Y.Z-${stage}`, pattern: `^${VERSION}-${stage}$` }],
  };
}

/** True where the rules take the tag. 128 characters is the limit of the distribution specification. */
export function tagAllowed(rules: TagRules, tag: string): boolean {
  return tag.length <= 128 && rules.forms.some((form) => new RegExp(form.pattern, "u").test(tag));
}
