import { type Stage, stageBefore, STAGES } from "../stage";
import { formsOf, parseVersion, tagAllowed, type TagRules, type Version } from "./tags";

/** The way of a release, for messages. */
const RELEASE_WAY = STAGES.join(" -> ");

/**
 * What is wrong with a promotion's way: a release goes from each stage to the next, and leaves none out.
 *
 * @returns nothing, or one sentence that names the edge and the right one
 */
export function edgeProblems(from: Stage, to: Stage): string[] {
  const right = stageBefore(to);
  if (right === from) return [];
  const edge = `${from} -> ${to} is not a step of a release (${RELEASE_WAY})`;
  if (right === undefined) return [`${edge}: nothing is promoted to ${to}; publish there instead`];
  if (from === to) return [`${edge}: source and target are one stage; allowed: ${right} -> ${to}`];
  const back = STAGES.indexOf(from) > STAGES.indexOf(to);
  const why = back ? "it goes back" : "it skips a stage";
  return [`${edge}: ${why}; allowed: ${right} -> ${to}`];
}

/**
 * What is wrong between the version at the source, the one that was signed off and the one at the target: they are one
 * version, whatever its suffix. Tags that are no version, as dev has them, say nothing.
 */
export function versionProblems(versions: { source: string; wanted: string }): string[] {
  const [source, wanted] = [parseVersion(versions.source), parseVersion(versions.wanted)];
  if (!wanted)
    return [`${JSON.stringify(versions.wanted.slice(0, 200))} is not a version; allowed: such as v1.2.3-rc1`];
  if (!source || source.core === wanted.core) return [];
  return [
    `"${versions.wanted}" is promoted from "${versions.source}", which is another version; allowed: one of ${source.core}`,
  ];
}

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
  const quotedVersion = JSON.stringify(version.slice(0, 200));
  const parsed = parseVersion(version);
  if (!parsed) {
    return { problem: `${quotedVersion} is not a version, so ${to} has no name for it; give one, such as v1.2.3-rc1` };
  }
  if (parsed.stage !== undefined && parsed.stage !== from) {
    return {
      problem: `${quotedVersion} is a version of ${parsed.stage}, and this promotion comes from ${from}; allowed: ${parsed.core}-${from}`,
    };
  }
  const tag = nameIn(to, parsed);
  if (tagAllowed(rules, tag)) return { tag };
  return {
    problem: `${quotedVersion} would be "${tag}" in ${to}, which takes ${formsOf(rules)}; promote a version of such a form`,
  };
}
