import { fingerprint, isKeySigner, nameExpected, nameSigner, readPublicKey, readTrusted } from "../../signing";
import type { Artifact } from "../../oci";
import type { Destination, ReleaseTools } from "../types";

/** What a stage does not ask for, in words: an absent gate is never passed without one. */
export function policyNotices({ stage, class: imageClass, policy, gate, roles }: Destination): string[] {
  const of = `class ${imageClass} in ${stage}`;
  return [
    ...(policy.scan === undefined ? [`${of} asks for no scan`] : []),
    ...(policy.signature
      ? []
      : policy.signers.length === 0
        ? [`${of} names nobody who signs: records prove nothing, since anyone who may push can write them`]
        : [`${of} asks for no signature; a record that nobody signed counts for nothing: give --key or --keyless`]),
    ...(gate !== "open" && roles.length === 0 ? [`${stage} asks for no sign-off`] : []),
  ];
}

/**
 * What keeps a signer from signing for a class, as far as it can be told before anything is sent: whose identity a
 * keyless one has shows only in its certificate, and is looked at when it has signed.
 */
export function signerProblems(
  { policy, class: imageClass, stage, gate }: Destination,
  { signer }: ReleaseTools,
): string[] {
  // The first stage takes what nobody signed; elsewhere its record would count for nothing.
  if (!policy.signature && (policy.signers.length === 0 || gate === "open")) return [];
  if (signer === undefined) {
    const why = policy.signature ? "demands one" : "names signers, so an unsigned record counts for nothing";
    return [`Signature: class ${imageClass} ${why} in ${stage}; give --key or --keyless`];
  }
  if (!isKeySigner(signer)) return [];
  const trusted = readTrusted(policy.signers);
  const keyFingerprint = fingerprint(readPublicKey(signer.publicKey, "The public half of --key"));
  if (trusted.keys.some((key) => fingerprint(key) === keyFingerprint)) return [];
  const own = nameSigner({ keyFingerprint });
  return [`Signature: ${own} is not trusted by class ${imageClass} in ${stage}; ${nameExpected(trusted)}`];
}

/**
 * Refuses a record before it is written that no reader would believe: whose identity a keyless signer has, and what run it
 * is of, shows only in its certificate.
 *
 * @throws DualRegistryError SIGNATURE_INVALID, which says what was expected and what the certificate has
 */
export async function refuseUncounted(
  record: Pick<Artifact, "bytes">,
  { policy, gate }: Pick<Destination, "policy" | "gate">,
  { signer, verifier }: Pick<ReleaseTools, "signer" | "verifier">,
): Promise<void> {
  if (signer === undefined || policy.signers.length === 0 || gate === "open") return;
  await verifier.verifyBundle(record.bytes, policy.signers);
}
