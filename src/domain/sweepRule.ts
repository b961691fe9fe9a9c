import type { SweepFacts, SweepManifest } from "./sweep";
import { fallbackSubject, type SweepGraph } from "./sweepGraph";

/** What a manifest's own facts say of it: keep it whatever becomes of others, or let it go with them. */
export interface OwnReason {
  keep: boolean;
  why: string;
}

const DAY = 24 * 60 * 60 * 1000;
/** Days that a manifest without a tag is left alone: a publication writes it first, and tags it last. */
const UNTAGGED_GRACE = 1;

const keep = (why: string): OwnReason => ({ keep: true, why });
const letGo = (why: string): OwnReason => ({ keep: false, why });

const age = (at: string, now: Date): number => (now.getTime() - Date.parse(at)) / DAY;
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

/** True for what has no age of its own, since it belongs to something that is there. */
function belongs(manifest: SweepManifest, graph: SweepGraph): boolean {
  if (manifest.tags.some((tag) => fallbackSubject(tag) === undefined)) return false;
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

/** What a manifest's own facts say: deployed, locked, or as old as the rule allows. */
export function ownReason(manifest: SweepManifest, graph: SweepGraph, facts: SweepFacts): OwnReason {
  const { rule, now, untaggedDays } = facts;
  if (isDeployed(manifest, graph, facts.deployed)) return keep("deployed");
  if (manifest.locked) return keep("locked");
  if (rule.rule === "forever") return keep("kept for ever");
  if (belongs(manifest, graph)) return letGo("what it belongs to goes");
  const tagged = manifest.tags.some((tag) => fallbackSubject(tag) === undefined);
  if (!tagged) return byDigest(manifest, Math.max(UNTAGGED_GRACE, untaggedDays ?? rule.days), graph, now);
  if (rule.rule === "keep") return byPush(manifest, rule.days, now, "tagged");
  return byActivity(manifest, rule.days, graph, facts);
}
