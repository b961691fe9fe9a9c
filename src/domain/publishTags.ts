import type { Stage } from "./stage";
import { tagAllowed, type TagRules } from "./tagRules";
import { parseVersion } from "./versions";

/** What tags are made from. */
export interface PublishTagFacts {
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

/** `feature-login` for the branches `feature/login` and `sprint-12/feature/login`; undefined for any other branch. */
function featureTag(branch: string | undefined): string | undefined {
  const name = /(?:^|\/)feature\/(.+)$/.exec(branch ?? "")?.[1];
  return name === undefined
    ? undefined
    : `feature-${name.replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[.-]+/, "")}`.slice(0, 128);
}

/** The tag of the stage: `dev`, and `<version>-qa` where the version says nothing behind its numbers. */
function stageTags({ stage, version, branch }: PublishTagFacts): string[] {
  const feature = featureTag(branch);
  if (stage === "dev") return feature === undefined ? ["latest", "dev"] : [feature];
  const plain = parseVersion(version)?.kind === "release";
  return stage !== "prod" && plain ? ["latest", `${version}-${stage}`] : ["latest"];
}

/**
 * Decides the tags of a publication: commit, version, stage and `latest`, as far as the registry's rules take them. The
 * rules decide, and nothing else: a tag of another form is left out and said to be; one that was asked for by name is a
 * problem, and so is an image that would get no tag.
 */
export function publishTags(facts: PublishTagFacts): PublishTags {
  const { version, commit, stage, rules, asked = [] } = facts;
  const wanted = [...new Set([version, ...stageTags(facts), commit])].filter((tag) => !asked.includes(tag));
  const allowed = (tag: string) => tagAllowed(rules, tag);
  const forms = formsOf(rules);
  const left = wanted.filter((tag) => !allowed(tag)).map((tag) => ({ tag, why: `${stage} takes ${forms}` }));
  const set = [...wanted.filter(allowed), ...new Set(asked.filter(allowed))];
  const problems = asked
    .filter((tag) => !allowed(tag))
    .map((tag) => `tag ${JSON.stringify(tag.slice(0, 200))} is not allowed in ${stage}; allowed: ${forms}`);
  if (set.length === 0 && problems.length === 0) {
    const shown = JSON.stringify(version.slice(0, 200));
    problems.push(
      `version ${shown} gives no tag that ${stage} takes; allowed: ${forms}; publish a version of such a form`,
    );
  }
  return { set, left, problems };
}
