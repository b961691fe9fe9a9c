import { z } from "zod";
import { parseJson, quoted, readBounded } from "../boundedFile";
import { DualRegistryError } from "../errors";
import { isDigest, type Digest } from "../oci/digest";

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
