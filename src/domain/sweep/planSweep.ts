import type { Digest } from "../../base/digest";
import { isReferrersTag } from "../../base/referrersTag";
import { DAY_MS } from "../../base/time";
import type { RetentionRule } from "../image/policy";
import { compareVersions, sortVersions, type Version, type VersionScheme } from "../image/version";
import { closure, deletionOrder, SweepGraph, type SweepManifest } from "./graph";

/** What is deployed somewhere, as far as it is of this repository. */
export interface DeployedHere {
  digests: ReadonlySet<string>;
  /** Tags that are deployed without a digest. */
  tags: ReadonlySet<string>;
}

export interface SweepFacts {
  rule: RetentionRule;
  /** Days that a manifest without a tag is kept after its push; the rule's days where not given, 7 where it has none. */
  untaggedDays?: number;
  /** How the product writes versions: of two images that were pushed at one moment the higher version is the newer. */
  versions?: VersionScheme;
  now: Date;
  /** ISO 8601: since when pulls are known; what was not pulled since may have been before. Absent where it is always. */
  pullsSince?: string;
  /** Why nothing may be deleted, whatever the rule says: an audit log with a hole. */
  halted?: string;
  /** Every manifest of the repository: what is missing here cannot be spared. */
  manifests: readonly SweepManifest[];
  deployed: DeployedHere;
}

/** What becomes of a manifest, and why. */
export interface SweepDecision {
  digest: Digest;
  tags: readonly string[];
  action: "keep" | "delete";
  why: string;
  size: number;
}

export interface SweepPlan {
  /** Each manifest, in the order given. */
  decisions: readonly SweepDecision[];
  /** What is to be deleted, in this order: an index before its children, an image before what refers to it. */
  deletions: readonly SweepDecision[];
}

/**
 * Plans a sweep. Something is kept for a reason of its own (deployed, locked, or as the rule says), and with it all that
 * belongs to it: the children of an index, and what refers to either. The rest goes, unless its age is not known.
 * Children without a tag and referrers have no age of their own: they share the fate of what they belong to.
 */
export function planSweep(facts: SweepFacts): SweepPlan {
  const graph = new SweepGraph(facts.manifests);
  const roots = new Map<Digest, string>();
  const goes = new Map<Digest, string>();
  const newest =
    facts.rule.rule === "newest" ? newestOf(graph, facts.rule.count, facts.versions) : new Map<Digest, number>();
  for (const manifest of graph.manifests) {
    const { keep, why } = ownReason(manifest, graph, facts, newest);
    if (!keep && facts.halted !== undefined) roots.set(manifest.digest, `nothing is deleted: ${facts.halted}`);
    else (keep ? roots : goes).set(manifest.digest, why);
  }
  const kept = closure(graph, roots);
  const decisions = graph.manifests.map(({ digest, tags, size }): SweepDecision => {
    const why = kept.get(digest);
    if (why !== undefined) return { digest, tags, action: "keep", why, size };
    return { digest, tags, action: "delete", why: goes.get(digest) ?? "nothing keeps it", size };
  });
  const doomed = new Map(decisions.filter(({ action }) => action === "delete").map((one) => [one.digest, one]));
  const deletions = deletionOrder(graph, new Set(doomed.keys())).flatMap((digest) => doomed.get(digest) ?? []);
  return { decisions, deletions };
}

/** What a manifest's own facts say of it: keep it whatever becomes of others, or let it go with them. */
interface OwnReason {
  keep: boolean;
  why: string;
}

/** Days that a manifest without a tag is left alone: a publication writes it first, and tags it last. */
const UNTAGGED_GRACE = 1;

const keep = (why: string): OwnReason => ({ keep: true, why });
const letGo = (why: string): OwnReason => ({ keep: false, why });

const age = (at: string, now: Date): number => (now.getTime() - Date.parse(at)) / DAY_MS;
const whole = (days: number): string => `${Math.max(0, Math.floor(days))} days ago`;

/** By its push alone. */
function byPush(manifest: SweepManifest, days: number, now: Date, what: string): OwnReason {
  if (manifest.pushedAt === undefined) return keep("when it was pushed is not known");
  const pushed = age(manifest.pushedAt, now);
  if (Number.isNaN(pushed)) return keep("when it was pushed is not known");
  const told = `${what}, pushed ${whole(pushed)}; kept for ${days}`;
  return pushed > days ? letGo(told) : keep(told);
}

/** Days since the last pull that is known, and whether all are. A platform's image counts for the index that lists it. */
function pullsOf(manifest: SweepManifest, graph: SweepGraph, now: Date): { last: number; complete: boolean } {
  const images = [manifest, ...manifest.children.flatMap((child) => graph.get(child) ?? [])];
  const pulls = images.map(({ lastPulledAt: at }) => {
    if (at === "never") return Infinity;
    return at === undefined ? NaN : age(at, now);
  });
  const known = pulls.filter((days) => !Number.isNaN(days));
  return { last: Math.min(...known, Infinity), complete: known.length === pulls.length };
}

/** By its last push or pull. What may have been pulled, for all that is known, is kept. */
function byActivity(manifest: SweepManifest, days: number, graph: SweepGraph, facts: SweepFacts): OwnReason {
  const { now, pullsSince } = facts;
  const push = byPush(manifest, days, now, "tagged");
  if (push.keep) return push;
  const { last, complete } = pullsOf(manifest, graph, now);
  if (last <= days) return keep(`pulled ${whole(last)}; kept until ${days} days without a push or pull`);
  if (!complete) return keep("when it was last pulled is not known");
  const never = pullsSince === undefined ? "never pulled" : `not pulled since ${pullsSince}`;
  const pulled = last === Infinity ? never : `pulled ${whole(last)}`;
  return letGo(`no push or pull for ${days} days (${pulled})`);
}

/** Without a tag: by its push, and by the pulls that are known, since somebody may pull it by its digest. */
function byDigest(manifest: SweepManifest, days: number, graph: SweepGraph, now: Date): OwnReason {
  const push = byPush(manifest, days, now, "no tag");
  const { last } = pullsOf(manifest, graph, now);
  return push.keep || last > days ? push : keep(`no tag, pulled by its digest ${whole(last)}`);
}

/** An image that has a name: several tags of one digest are one, and an index is one with all its platforms. */
const isTagged = ({ tags }: SweepManifest): boolean => tags.some((tag) => !isReferrersTag(tag));

/** True for what has no age of its own, since it belongs to something that is there. */
function belongs(manifest: SweepManifest, graph: SweepGraph): boolean {
  if (isTagged(manifest)) return false;
  if (graph.subjectsOf(manifest).some((subject) => graph.get(subject))) return true;
  return graph.parentsOf(manifest.digest).some((parent) => graph.get(parent));
}

/** True for an image that is deployed: itself, by a tag or by its configuration, or one of its platforms' images. */
function isDeployed(manifest: SweepManifest, graph: SweepGraph, { digests, tags }: SweepFacts["deployed"]): boolean {
  const here = ({ digest, config }: SweepManifest) =>
    digests.has(digest) || (config !== undefined && digests.has(config));
  if (here(manifest) || manifest.tags.some((tag) => tags.has(tag))) return true;
  return manifest.children.some((child) => {
    const found = graph.get(child);
    return digests.has(child) || (found !== undefined && here(found));
  });
}

/**
 * Which of the newest each image is, from 1: the last pushed first, then the higher version. Whose push is not known has
 * no place, and takes none of the others'.
 */
function newestOf(graph: SweepGraph, count: number, scheme: VersionScheme | undefined): ReadonlyMap<Digest, number> {
  const images = graph.manifests.flatMap((manifest) => {
    const pushed = manifest.pushedAt === undefined ? NaN : Date.parse(manifest.pushedAt);
    if (!isTagged(manifest) || Number.isNaN(pushed)) return [];
    return [{ digest: manifest.digest, pushed, version: scheme && sortVersions(manifest.tags, scheme)[0] }];
  });
  const byVersion = (one?: Version, other?: Version): number => {
    if (scheme === undefined || one === undefined || other === undefined) return Number(!one) - Number(!other);
    return compareVersions(other, one, scheme);
  };
  images.sort(
    (one, other) =>
      other.pushed - one.pushed || byVersion(one.version, other.version) || (one.digest < other.digest ? -1 : 1),
  );
  return new Map(images.slice(0, count).map(({ digest }, at) => [digest, at + 1]));
}

/** By its place among the newest alone. */
function byPlace(manifest: SweepManifest, count: number, newest: ReadonlyMap<Digest, number>): OwnReason {
  if (manifest.pushedAt === undefined || Number.isNaN(Date.parse(manifest.pushedAt))) {
    return keep("when it was pushed is not known");
  }
  const place = newest.get(manifest.digest);
  if (place !== undefined) return keep(`number ${place} of the newest ${count}, which are kept`);
  return letGo(`older than the newest ${count}`);
}

/** Days that a manifest without a tag is kept where nothing else says: as long as Azure's own policy does by default. */
const UNTAGGED_DAYS = 7;

/** What a manifest's own facts say: deployed, locked, or as old as the rule allows. */
function ownReason(
  manifest: SweepManifest,
  graph: SweepGraph,
  facts: SweepFacts,
  newest: ReadonlyMap<Digest, number>,
): OwnReason {
  const { rule, now, untaggedDays } = facts;
  if (isDeployed(manifest, graph, facts.deployed)) return keep("deployed");
  if (manifest.locked) return keep("locked");
  if (rule.rule === "forever") return keep("kept for ever");
  if (belongs(manifest, graph)) return letGo("what it belongs to goes");
  if (!isTagged(manifest)) {
    const days = rule.rule === "newest" ? UNTAGGED_DAYS : rule.days;
    return byDigest(manifest, Math.max(UNTAGGED_GRACE, untaggedDays ?? days), graph, now);
  }
  if (rule.rule === "newest") return byPlace(manifest, rule.count, newest);
  if (rule.rule === "keep") return byPush(manifest, rule.days, now, "tagged");
  return byActivity(manifest, rule.days, graph, facts);
}
