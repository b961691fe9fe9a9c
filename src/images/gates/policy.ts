import { fingerprint, isKeySigner, nameExpected, nameSigner, readPublicKey, readTrusted } from "../../signing";
import type { Destination, ReleaseTools } from "../types";

/** What a stage does not ask for, in words: an absent gate is never passed without one. */
export function policyNotices({ stage, class: imageClass, policy, gate, roles }: Destination): string[] {
  const of = `class ${imageClass} in ${stage}`;
  return [
    ...(policy.scan === undefined ? [`${of} asks for no scan`] : []),
    ...(policy.signature
      ? []
      : [`${of} asks for no signature: records are believed unsigned, and anyone who may push can write them`]),
    ...(gate !== "open" && roles.length === 0 ? [`${stage} asks for no sign-off`] : []),
  ];
}

/**
 * What keeps a signer from signing for a class, as far as it can be told before anything is sent: whose identity a
 * keyless one has shows only in its certificate, and is looked at when it has signed.
 */
export function signerProblems({ policy, class: imageClass, stage }: Destination, { signer }: ReleaseTools): string[] {
  if (!policy.signature) return [];
  if (signer === undefined) {
    return [`Signature: class ${imageClass} demands one in ${stage}; give --key or --keyless`];
  }
  if (!isKeySigner(signer)) return [];
  const trusted = readTrusted(policy.signers);
  const keyFingerprint = fingerprint(readPublicKey(signer.publicKey, "The public half of --key"));
  if (trusted.keys.some((key) => fingerprint(key) === keyFingerprint)) return [];
  const own = nameSigner({ keyFingerprint });
  return [`Signature: ${own} is not trusted by class ${imageClass} in ${stage}; ${nameExpected(trusted)}`];
}
