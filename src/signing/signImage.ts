import { artifactDescriptor, attachUnlisted } from "../oci/artifact";
import type { ImageSource, ImageTarget, Resolved } from "../oci/imageStore";
import type { Descriptor, Manifest } from "../oci/manifest";
import { remembered } from "../oci/remembered";
import { bundleArtifact } from "./bundleArtifact";
import { COSIGN_SIGN, type Signer, type TrustedSigner, type Verifier } from "./contract";
import { isKeySigner } from "./keySigner";
import { contentProblem, readBundles } from "./readBundles";
import { isAbout, signStatementOf } from "./statement";
import { makeVerifier } from "./verifier";

/** By whom a signature that is there makes a new one needless. */
interface Known {
  verifier: Verifier;
  trusted: readonly TrustedSigner[];
}

/**
 * Signs an image: "this image is ours", in a bundle that is attached to it. Where the same key signed it before, nothing
 * is added.
 *
 * @param known for a signer without a key of its own: by whom a signature that is there makes a new one needless
 * @returns what holds the signature, the old or the new one; `unlisted` is what nobody finds before `target.list` was
 *   called with it
 * @throws DualRegistryError what signer and store say
 */
export async function signImage(
  target: ImageTarget,
  subject: Resolved,
  signer: Signer,
  known?: Known,
): Promise<{ descriptor: Descriptor; unlisted: readonly Manifest[] }> {
  const there = remembered(target);
  const same = isKeySigner(signer) ? { verifier: makeVerifier(), trusted: [{ key: signer.publicKey }] } : known;
  const found = same && (await findSignature(there, subject, same));
  if (found) return { descriptor: found, unlisted: [] };
  const artifact = bundleArtifact(await signer.signStatement(signStatementOf(subject.digest)), COSIGN_SIGN);
  const listed = await there.referrers(subject.digest);
  const { unlisted } = await attachUnlisted(target, [artifact], subject, { listed });
  return { descriptor: artifactDescriptor(artifact, subject), unlisted };
}

async function findSignature(
  target: ImageSource,
  { digest }: Resolved,
  { verifier, trusted }: Known,
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
