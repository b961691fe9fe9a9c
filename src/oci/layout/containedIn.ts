import { buffer } from "node:stream/consumers";
import type { Digest } from "../digest";
import { isIndexType } from "../mediaTypes";
import { readManifest, type Descriptor } from "../manifest";
import { verifiedBlob, type LayoutContent } from "./layoutContent";
import type { LayoutEntry } from "./layoutIndex";

/** True where an entry is a manifest or, however deep, an index that contains it. Each index is read once. */
export async function containedIn(
  content: LayoutContent,
  entries: readonly LayoutEntry[],
  wanted: Digest,
): Promise<boolean> {
  const seen = new Set<Digest>();
  const waiting: Descriptor[] = entries.map(({ descriptor }) => descriptor);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next.digest === wanted) return true;
    if (seen.has(next.digest) || !isIndexType(next.mediaType) || !(await content.open(next.digest))) continue;
    seen.add(next.digest);
    const bytes = await buffer(await verifiedBlob(content, next));
    waiting.push(...readManifest({ bytes, digest: next.digest, mediaType: next.mediaType }, content.name).manifests);
  }
  return false;
}
