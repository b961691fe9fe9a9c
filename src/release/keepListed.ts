import type { ImagePolicy } from "../domain/imagePolicy";
import { DualRegistryError } from "../errors";
import { againIfHurt } from "../oci/againIfHurt";
import type { Digest } from "../oci/digest";
import type { ImageTarget } from "../oci/imageStore";
import type { Verifier } from "../signing/contract";
import { verifyImage } from "../signing/verifyImage";

const ROUNDS = 6;

/**
 * Sees to it that an image's referrers are listed. Where a registry keeps the list under a tag, two processes that write
 * it at one moment can lose an entry of each other; a manifest that is written again is listed again.
 *
 * @throws DualRegistryError NOT_FOUND where one is not there at all; REGISTRY_UNAVAILABLE where others keep writing over it
 */
export async function keepListed(target: ImageTarget, subject: Digest, wanted: readonly Digest[]): Promise<void> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    const listed = new Set((await target.referrers(subject)).map(({ digest }) => digest));
    const missing = wanted.filter((digest) => !listed.has(digest));
    if (missing.length === 0) return;
    for (const digest of missing) await target.writeManifest(await target.manifest(digest));
  }
  throw new DualRegistryError(
    "REGISTRY_UNAVAILABLE",
    `${target.name}@${subject}: others wrote its list of referrers ${ROUNDS} times at the same moment; run the same command again`,
  );
}

/**
 * Verifies an image's signature once its referrers are listed, and again where the list was just being written over.
 *
 * @throws DualRegistryError as {@link keepListed} and `verifyImage`
 */
export async function verifyListed(
  target: ImageTarget,
  subject: Digest,
  wanted: readonly Digest[],
  { policy, verifier }: { policy: ImagePolicy; verifier: Verifier },
): Promise<void> {
  await againIfHurt(async () => {
    await keepListed(target, subject, wanted);
    await verifyImage(target, subject, policy.signers, verifier);
  }, "SIGNATURE_INVALID");
}
