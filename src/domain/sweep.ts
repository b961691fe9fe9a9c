import type { Digest } from "../oci/digest";
import type { RetentionRule } from "./retention";
import { closure, SweepGraph } from "./sweepGraph";
import { deletionOrder } from "./sweepOrder";
import { ownReason } from "./sweepRule";

/** One manifest of a repository, as it is found. */
export interface SweepManifest {
  digest: Digest;
  tags: readonly string[];
  /** ISO 8601; absent where the registry does not say, and then it is kept. */
  pushedAt?: string;
  /** ISO 8601, or never; absent where no list of pulls says anything of it. */
  lastPulledAt?: string;
  locked: boolean;
  mediaType: string;
  /** Digest of the configuration, by which some runtimes know an image. */
  config?: Digest;
  /** Manifests of an index; empty for an image. */
  children: readonly Digest[];
  /** What it refers to, where it is a signature, an SBOM, a record. */
  subject?: Digest;
  /** Bytes, its layers included where they are known. */
  size: number;
}

/** What is deployed somewhere, as far as it is of this repository. */
export interface DeployedHere {
  digests: ReadonlySet<string>;
  /** Tags that are deployed without a digest. */
  tags: ReadonlySet<string>;
}

export interface SweepFacts {
  rule: RetentionRule;
  /** Days that a manifest without a tag is kept after its push; the rule's days where not given. */
  untaggedDays?: number;
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
  for (const manifest of graph.manifests) {
    const { keep, why } = ownReason(manifest, graph, facts);
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
