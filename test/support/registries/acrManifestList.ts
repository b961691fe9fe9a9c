import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { resolve } from "./acrDistributionApi";
import type { Target } from "./forward";
import type { TestRegistry } from "./testRegistry";

/** One entry of the list, without its attributes. */
export interface ListedManifest {
  digest: string;
  imageSize: number | undefined;
  mediaType: string | undefined;
  tags: readonly string[];
  /** ISO 8601: when the registry stored it. */
  storedAt: string;
}

/**
 * Every manifest that Distribution stores for a repository, tagged or not, in the order of their digests. Its API lists
 * none without a tag, so its files are read.
 *
 * @param tagsOf tags by digest
 */
export async function storedManifests(
  backend: TestRegistry,
  target: Target,
  repository: string,
  tagsOf: ReadonlyMap<string, readonly string[]>,
): Promise<readonly ListedManifest[]> {
  const folder = join(backend.storageDir, "docker/registry/v2/repositories", repository, "_manifests/revisions/sha256");
  const listed: ListedManifest[] = [];
  for (const hex of namesIn(folder)) {
    const digest = `sha256:${hex}`;
    const found = await resolve(target, repository, digest);
    if (found === undefined) continue;
    const storedAt = statSync(join(folder, hex)).mtime.toISOString();
    listed.push({
      digest,
      imageSize: found.size,
      mediaType: found.mediaType,
      tags: tagsOf.get(digest) ?? [],
      storedAt,
    });
  }
  return listed;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
