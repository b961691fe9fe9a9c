import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { allSettled, limiter } from "../base/limit";
import { retryCorrupted, retryOn } from "../base/retry";
import type { ImagePolicy } from "../domain/image/policy";
import type { Descriptor, ImageTarget, Manifest } from "../oci";
import { type Verifier, verifyImage } from "../signing";

const ROUNDS = 6;

/** Questions to a registry at a time. */
const PARALLEL = 8;

/**
 * Attaches, with what is known to refer to the image. Who was refused is not alone: the second look is at the target's
 * own list.
 */
export function attachKnown<T>(
  listed: readonly Descriptor[] | undefined,
  attachTo: (listed: readonly Descriptor[] | undefined) => Promise<T>,
): Promise<T> {
  let known = listed;
  return retryOn("REGISTRY_REFUSED", () => {
    const first = known;
    known = undefined;
    return attachTo(first);
  });
}

/**
 * Sees to it that an image's referrers are listed. Where a registry keeps the list under a tag, two processes that write
 * it at one moment can lose an entry of each other; a manifest that is written again is listed again.
 *
 * @param unlisted of those wanted, and of what refers to them, what was only just written: it is put on its lists in one
 *   go and read back there, before anything else is asked
 * @throws DualRegistryError NOT_FOUND where one is not there at all; REGISTRY_UNAVAILABLE where others keep writing over it
 */
export async function ensureReferrersListed(
  target: ImageTarget,
  subject: Digest,
  wanted: readonly Digest[],
  unlisted: readonly Manifest[] = [],
): Promise<void> {
  if (unlisted.length > 0) await target.list(unlisted);
  const rest = wanted.filter((digest) => unlisted.every((listed) => listed.digest !== digest));
  if (rest.length === 0) return;
  const run = limiter(PARALLEL);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const listed = new Set((await target.referrers(subject)).map(({ digest }) => digest));
    const missing = wanted.filter((digest) => !listed.has(digest));
    if (missing.length === 0) return;
    const again = async (digest: Digest) => {
      const manifest = await target.manifest(digest);
      return (await target.writeUnlisted(manifest)) === "listed" ? [] : [manifest];
    };
    const written = await allSettled(missing.map((digest) => run(() => again(digest))));
    if (written.flat().length > 0) await target.list(written.flat());
  }
  throw new DualRegistryError(
    "REGISTRY_UNAVAILABLE",
    `${target.name}@${subject}: others wrote its list of referrers ${ROUNDS} times at the same moment; run the same command again`,
  );
}

/**
 * Verifies an image's signature once its referrers are listed, and again where the list was just being written over.
 *
 * @throws DualRegistryError as {@link ensureReferrersListed} and `verifyImage`
 */
export async function verifyListed(
  target: ImageTarget,
  subject: Digest,
  wanted: readonly Digest[],
  { policy, verifier, unlisted = [] }: { policy: ImagePolicy; verifier: Verifier; unlisted?: readonly Manifest[] },
): Promise<void> {
  await retryCorrupted(async () => {
    await ensureReferrersListed(target, subject, wanted, unlisted);
    await verifyImage(target, subject, policy.signers, verifier);
  }, "SIGNATURE_INVALID");
}
