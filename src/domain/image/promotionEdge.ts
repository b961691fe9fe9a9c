import { isDigest } from "../../base/digest";
import { quoted } from "../../base/text/quote";
import { lastStage, type Stage, stageBefore, type Stages } from "../stage";
import { branchFormOf } from "./branchVersion";
import { formsOf, tagAllowed, type TagRules } from "./tags";
import { parseVersion, prefixProblem, releaseName, type Version, type VersionScheme, writeVersion } from "./version";

/**
 * What is wrong with a promotion's way: a release goes from each stage to the next, and leaves none out.
 *
 * @returns nothing, or one sentence that names the edge and the right one
 */
export function edgeProblems(from: Stage, to: Stage, stages: Stages): string[] {
  const right = stageBefore(to, stages);
  if (right === from) return [];
  const edge = `${from} -> ${to} is not a step of a release (${stages.join(" -> ")})`;
  if (right === undefined) return [`${edge}: nothing is promoted to ${to}; publish there instead`];
  if (from === to) return [`${edge}: source and target are one stage; allowed: ${right} -> ${to}`];
  const back = stages.indexOf(from) > stages.indexOf(to);
  const why = back ? "it goes back" : "it skips a stage";
  return [`${edge}: ${why}; allowed: ${right} -> ${to}`];
}

/**
 * What is wrong between the version at the source, the one that was signed off and the one at the target: they are one
 * version, whatever its suffix, that of a branch among them. Tags that are no version, as the first stage has them, say
 * nothing.
 */
export function versionProblems(versions: { source: string; wanted: string }, scheme: VersionScheme): string[] {
  const [source, wanted] = [parseVersion(versions.source, scheme), parseVersion(versions.wanted, scheme)];
  const otherForm = [versions.wanted, versions.source].flatMap((text) => prefixProblem(text, scheme) ?? []);
  if (otherForm.length > 0) return otherForm;
  if (!wanted) {
    return [`${quoted(versions.wanted)} is not a version; allowed: such as ${writeVersion("1.2.3-rc1", scheme)}`];
  }
  const core = (source ?? branchFormOf(versions.source, scheme))?.core;
  if (core === undefined || core === wanted.core) return [];
  return [
    `"${versions.wanted}" is promoted from "${versions.source}", which is another version; allowed: one of ${core}`,
  ];
}

/** A promotion's tag at its target, or what is wrong. */
export type PromotionTag = { tag: string } | { problem: string };

/** The way of one promotion, in a product that writes its versions so. */
interface PromotionEdge extends VersionScheme {
  from: Stage;
  to: Stage;
}

/**
 * What a version is called in a stage. Candidates and betas keep their name on the way; in the last stage a candidate
 * becomes the release it was a candidate for, by the same digest.
 */
function nameIn({ to, ...scheme }: PromotionEdge, { core, suffix, kind }: Version): string {
  if (kind === "beta") return `${core}${suffix}`;
  return kind === "candidate" && to !== lastStage(scheme.stages) ? `${core}${suffix}` : releaseName(core, to, scheme);
}

/**
 * The tag that a version gets by its promotion: `v1.2.3-qa` becomes `v1.2.3-uat` and then `v1.2.3`; `v1.2.3-rc2` stays
 * until the last stage, where it becomes `v1.2.3`.
 *
 * @param version the tag at the source, or the version where the source has none that is one, as in the first stage
 * @param rules the target's
 */
export function promotionTag(version: string, edge: PromotionEdge, rules: TagRules): PromotionTag {
  const { from, to } = edge;
  const quotedVersion = quoted(version);
  const parsed = parseVersion(version, edge);
  if (!parsed) {
    const example = `give one, such as ${writeVersion("1.2.3-rc1", edge)}`;
    const problem = `${quotedVersion} is not a version, so ${to} has no name for it; ${example}`;
    return { problem: prefixProblem(version, edge) ?? problem };
  }
  if (parsed.stage !== undefined && parsed.stage !== from) {
    return {
      problem: `${quotedVersion} is a version of ${parsed.stage}, and this promotion comes from ${from}; allowed: ${parsed.core}-${from}`,
    };
  }
  const tag = nameIn(edge, parsed);
  if (tagAllowed(rules, tag)) return { tag };
  return {
    problem: `${quotedVersion} would be "${tag}" in ${to}, which takes ${formsOf(rules)}; promote a version of such a form`,
  };
}

/** What the tags of one promoted image are made from. */
interface PromotionTagsInput {
  /** The tag or digest at the source. */
  reference: string;
  version: string;
  edge: PromotionEdge;
  /** The target's. */
  rules: TagRules;
  /** Tags named by the user, in the place of the one that the version gives. */
  asked: readonly string[];
}

/**
 * The tags that an image gets: the one that its version gives in the target or, where that is asked for and the target
 * takes it, the version as it is. What was signed off is that version, and no other.
 */
export function promotionTags({ reference, version, edge, rules, asked }: PromotionTagsInput): {
  tags: readonly string[];
  problems: readonly string[];
} {
  const named = promotionTag(version, edge, rules);
  const allowed = [...("tag" in named ? [named.tag] : []), ...(tagAllowed(rules, version) ? [version] : [])];
  const others =
    "problem" in named || isDigest(reference) ? [] : versionProblems({ source: reference, wanted: version }, edge);
  const forms = allowed.length > 0 ? [...new Set(allowed)].join(", ") : `a version of the form ${formsOf(rules)}`;
  const refused = asked
    .filter((tag) => !allowed.includes(tag))
    .map((tag) => `tag ${quoted(tag)} is not what ${quoted(version)} is called in ${edge.to}; allowed: ${forms}`);
  return {
    tags: asked.length > 0 ? [...new Set(asked)] : allowed.slice(0, 1),
    problems: ["problem" in named && allowed.length === 0 ? [named.problem] : [], others, refused].flat(),
  };
}
