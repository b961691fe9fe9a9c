import type { Digest } from "../../base/digest";
import { referrersTag, subjectOfReferrersTag } from "../../base/referrersTag";

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

const add = (map: Map<Digest, Digest[]>, key: Digest, value: Digest) => {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
};

/** What belongs to what among the manifests of a repository. Two entries of one digest are one, with all their tags. */
export class SweepGraph {
  readonly manifests: readonly SweepManifest[];
  private readonly byDigest: ReadonlyMap<Digest, SweepManifest>;
  private readonly byReferrersTag: ReadonlyMap<string, Digest>;
  private readonly parents = new Map<Digest, Digest[]>();
  private readonly referrers = new Map<Digest, Digest[]>();

  constructor(given: readonly SweepManifest[]) {
    const byDigest = new Map<Digest, SweepManifest>();
    for (const manifest of given) {
      const known = byDigest.get(manifest.digest);
      const tags = [...new Set([...(known?.tags ?? []), ...manifest.tags])];
      byDigest.set(manifest.digest, { ...known, ...manifest, tags, locked: manifest.locked || known?.locked === true });
    }
    this.byDigest = byDigest;
    this.byReferrersTag = new Map([...byDigest.keys()].map((digest) => [referrersTag(digest), digest]));
    this.manifests = [...byDigest.values()];
    for (const manifest of this.manifests) {
      for (const child of manifest.children) add(this.parents, child, manifest.digest);
      for (const subject of this.subjectsOf(manifest)) add(this.referrers, subject, manifest.digest);
    }
  }

  get(digest: Digest): SweepManifest | undefined {
    return this.byDigest.get(digest);
  }

  /** What a manifest refers to, by its subject or by its referrers tags; it may be missing. */
  subjectsOf({ subject, tags }: SweepManifest): Digest[] {
    const named = tags.flatMap((tag) => subjectOfReferrersTag(tag, this.byReferrersTag) ?? []);
    return subject === undefined ? named : [subject, ...named];
  }

  /** The indexes that list a manifest. */
  parentsOf(digest: Digest): readonly Digest[] {
    return this.parents.get(digest) ?? [];
  }

  /** What refers to a manifest. */
  referrersOf(digest: Digest): readonly Digest[] {
    return this.referrers.get(digest) ?? [];
  }
}

/**
 * Everything that is kept, with the reason: the roots, and whatever belongs to something that is kept. A referrer that
 * is kept for a reason of its own keeps what it refers to, since some registries delete both together.
 */
export function closure(graph: SweepGraph, roots: ReadonlyMap<Digest, string>): Map<Digest, string> {
  const kept = new Map(roots);
  const open = [...roots.keys()];
  const keep = (digest: Digest, why: string) => {
    if (kept.has(digest) || !graph.get(digest)) return;
    kept.set(digest, why);
    open.push(digest);
  };
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    const manifest = graph.get(digest);
    if (!manifest) continue;
    for (const child of manifest.children) keep(child, `belongs to index ${digest}, which is kept`);
    for (const referrer of graph.referrersOf(digest)) keep(referrer, `refers to ${digest}, which is kept`);
    for (const subject of graph.subjectsOf(manifest)) keep(subject, `${digest} refers to it and is kept`);
  }
  return kept;
}

/** A manifest that waits for others to be deleted before it. */
interface Waiting {
  /** Indexes that list it. */
  parents: number;
  /** What it refers to. */
  subjects: number;
}

/** Those of a list that are to be deleted as well, each once. */
const others = (list: readonly Digest[], digest: Digest, doomed: ReadonlySet<Digest>): Digest[] =>
  [...new Set(list)].filter((other) => other !== digest && doomed.has(other));

/**
 * Digests in the order in which they are deleted: an index before its children, so that wherever it is stopped no index
 * lacks one; and an image before what refers to it, so that none is left without its signature. Where the two
 * contradict each other (an index that refers to what it lists) the first holds.
 */
export function deletionOrder(graph: SweepGraph, doomed: ReadonlySet<Digest>): Digest[] {
  const waiting = new Map<Digest, Waiting>();
  const free = new Set<Digest>();
  const listed = new Set<Digest>();
  const sort = (digest: Digest, { parents, subjects }: Waiting) => {
    if (parents > 0) return;
    (subjects > 0 ? listed : free).add(digest);
  };
  for (const digest of doomed) {
    const manifest = graph.get(digest);
    const parents = others(graph.parentsOf(digest), digest, doomed).length;
    const subjects = manifest ? others(graph.subjectsOf(manifest), digest, doomed).length : 0;
    waiting.set(digest, { parents, subjects });
    sort(digest, { parents, subjects });
  }
  const order: Digest[] = [];
  for (let next = first(free, listed, waiting); next !== undefined; next = first(free, listed, waiting)) {
    order.push(next);
    for (const set of [free, listed, waiting]) set.delete(next);
    const release = (digest: Digest, part: keyof Waiting) => {
      const rest = waiting.get(digest);
      if (!rest) return;
      rest[part]--;
      listed.delete(digest);
      sort(digest, rest);
    };
    for (const child of others(graph.get(next)?.children ?? [], next, doomed)) release(child, "parents");
    for (const referrer of others(graph.referrersOf(next), next, doomed)) release(referrer, "subjects");
  }
  return order;
}

/** What waits for nothing; else what waits for its subject alone; else, in a ring no digest can make, any. */
function first(...stores: readonly { keys: () => IterableIterator<Digest> }[]): Digest | undefined {
  for (const store of stores) for (const digest of store.keys()) return digest;
  return undefined;
}
