import { formsOf } from "./publishTags";
import type { Stage } from "./stage";
import { tagAllowed, type TagRules } from "./tagRules";
import { parseVersion, type Version } from "./versions";

/** A promotion's tag at its target, or what is wrong. */
export type PromotionTag = { tag: string } | { problem: string };

/**
 * What a version is called in a stage. Candidates and betas keep their name on the way; a release is `-<stage>` before
 * prod. In prod a candidate becomes the release it was a candidate for, by the same digest.
 */
function nameIn(to: Stage, { core, suffix, kind }: Version): string {
  if (to === "prod") return kind === "beta" ? `${core}${suffix}` : core;
  return kind === "candidate" || kind === "beta" ? `${core}${suffix}` : `${core}-${to}`;
}

/**
 * The tag that a version gets by its promotion: `v1.2.3-qa` becomes `v1.2.3-uat` and then `v1.2.3`; `v1.2.3-rc2` stays
 * until prod, where it becomes `v1.2.3`.
 *
 * @param version the tag at the source, or the version where the source has none that is one, as in dev
 * @param rules the target's
 */
export function promotionTag(version: string, edge: { from: Stage; to: Stage }, rules: TagRules): PromotionTag {
  const { from, to } = edge;
  const shown = JSON.stringify(version.slice(0, 200));
  const parsed = parseVersion(version);
  if (!parsed) {
    return { problem: `${shown} is no version, so ${to} has no name for it; give one, such as v1.2.3-rc1` };
  }
  if (parsed.stage !== undefined && parsed.stage !== from) {
    return {
      problem: `${shown} is a version of ${parsed.stage}, and this promotion comes from ${from}; allowed: ${parsed.core}-${from}`,
    };
  }
  const tag = nameIn(to, parsed);
  if (tagAllowed(rules, tag)) return { tag };
  return {
    problem: `${shown} would be "${tag}" in ${to}, which takes ${formsOf(rules)}; promote a version of such a form`,
  };
}
