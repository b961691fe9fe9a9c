import type { ImageTarget, Resolved } from "../oci/imageStore";
import type { Descriptor } from "../oci/manifest";
import { attachBundle } from "./attachBundle";
import { COSIGN_SIGN, type Signer, type TrustedSigner, type Verifier } from "./contract";
import { isKeySigner } from "./keySigner";
import { contentProblem, readBundles } from "./readBundles";
import { isAbout, signStatementOf } from "./statement";
import { makeVerifier } from "./verifier";

/**
 * Signs an image: "this image is ours", in a bundle that is attached to it. Where the same key signed it before, nothing
 * is added.
 *
 * @param known for a signer without a key of its own: by whom a signature that is there makes a new one needless
 * @returns what holds the signature, the old or the new one
 * @throws DualRegistryError what signer and store say
 */
export async function signImage(
  target: ImageTarget,
  subject: Resolved,
  signer: Signer,
  known?: { verifier: Verifier; trusted: readonly TrustedSigner[] },
): Promise<Descriptor> {
  const same = isKeySigner(signer) ? { verifier: makeVerifier(), trusted: [{ key: signer.publicKey }] } : known;
  const there = same && (await findSignature(target, subject, same));
  if (there) return there;
  return attachBundle(target, subject, await signer.signStatement(signStatementOf(subject.digest)), COSIGN_SIGN);
}

async function findSignature(
  target: ImageTarget,
  { digest }: Resolved,
  { verifier, trusted }: { verifier: Verifier; trusted: readonly TrustedSigner[] },
): Promise<Descriptor | undefined> {
  for await (const { bundle, descriptor } of readBundles(target, digest, COSIGN_SIGN)) {
    try {
      const { statement } = await verifier.verifyBundle(bundle, trusted);
      if (statement.predicateType === COSIGN_SIGN && isAbout(statement, digest)) return descriptor;
    } catch (error) {
      contentProblem(error);
    }
  }
  return undefined;
}
