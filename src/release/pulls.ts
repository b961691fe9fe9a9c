import { z } from "zod";
import { parseJson, quoted, readBounded } from "../boundedFile";
import { DualRegistryError } from "../errors";
import type { SweepManifest } from "../domain/sweep";
import { isDigest, type Digest } from "../oci/digest";
import type { Activity } from "./activityLog";

/** Bytes of the largest list of pulls. */
const MAX_PULLS = 64 * 1024 * 1024;

const list = z.array(
  z.object({
    repository: z.string().max(255),
    digest: z.string().refine(isDigest, "no digest"),
    lastPulledAt: z.union([z.iso.datetime(), z.literal("never")]),
  }),
);

/** When each digest of a repository was last pulled: a time, or `never` where the log reaches back far enough to say so. */
export type Pulls = ReadonlyMap<Digest, string>;

/**
 * Reads a list of last pulls, as an audit log gives it.
 *
 * @returns for a repository's path, what the list says of it
 * @throws DualRegistryError CONTENT_INVALID, USAGE
 */
export function readPulls(file: string): (repository: string) => Pulls {
  const read = list.safeParse(parseJson(readBounded(file, MAX_PULLS), `Pulls ${quoted(file)}`));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `Pulls ${quoted(file)}: ${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}; ` +
        `allowed: [{ "repository": ..., "digest": ..., "lastPulledAt": <time> or "never" }]`,
    );
  }
  return (repository) => {
    const pulls = new Map<Digest, string>();
    for (const { digest, lastPulledAt, ...one } of read.data) {
      if (one.repository !== repository) continue;
      const known = pulls.get(digest);
      if (known === undefined || known === "never" || (lastPulledAt !== "never" && lastPulledAt > known)) {
        pulls.set(digest, lastPulledAt);
      }
    }
    return pulls;
  };
}

/** Manifests with what a list of pulls says of them. */
export const withPulls = (manifests: readonly SweepManifest[], pulls: Pulls | undefined): readonly SweepManifest[] =>
  manifests.map((manifest) => {
    const lastPulledAt = pulls?.get(manifest.digest);
    return lastPulledAt === undefined ? manifest : { ...manifest, lastPulledAt };
  });

const latest = (...times: readonly (string | undefined)[]): string | undefined =>
  times
    .filter((time) => time !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);

/**
 * Manifests with what the audit log says of them: what it does not name was not pulled since its window began. A pull
 * that names no digest counts for every manifest. A push in the log counts where the registry tells of an older one.
 */
export function withActivity(
  manifests: readonly SweepManifest[],
  activity: Pick<Activity, "digests" | "unnamedPull"> | undefined,
): readonly SweepManifest[] {
  if (activity === undefined) return manifests;
  const { digests, unnamedPull } = activity;
  return manifests.map((manifest) => {
    const { pulled, pushed } = digests.get(manifest.digest) ?? {};
    const pushedAt = manifest.pushedAt === undefined ? undefined : latest(manifest.pushedAt, pushed);
    const lastPulledAt = latest(pulled, unnamedPull) ?? "never";
    return { ...manifest, lastPulledAt, ...(pushedAt !== undefined && { pushedAt }) };
  });
}
