import type { Digest } from "../oci/digest";
import type { SweepGraph } from "./sweepGraph";

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
