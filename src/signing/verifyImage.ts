import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import type { Descriptor, ImageSource } from "../oci";
import { contentProblem, MAX_BUNDLES } from "./bundle";
import { findSignatures } from "./findSignatures";
import { nameExpected, nameSigner, readTrusted } from "./identity";
import { COSIGN_SIGN, type FoundSigner, type TrustedSigner, type Verifier } from "./types";

/** A signature that counts. */
export interface SignatureFinding {
  digest: Digest;
  signer: FoundSigner;
  /** `bundle` is attached as a referrer; `simple` is Cosign's older form under a tag. */
  form: "bundle" | "simple";
  /** What holds the signature: the referrer, or the layer under the tag. */
  descriptor: Descriptor;
  /** When, where a log or a time-stamp authority says it. */
  at?: Date;
}

/** Reasons that are listed; the rest is counted. */
const LISTED = 20;

/**
 * Looks for one signature of an image by somebody trusted. What counts is "this image is ours" over exactly this digest:
 * a bundle with Cosign's own predicate, or Cosign's older form. A record, an SBOM or a scan report that a trusted signer
 * signed says something else, and may well say that the image is bad.
 *
 * @throws DualRegistryError SIGNATURE_INVALID, which says of each signature found why it does not count; what the store
 * answers; CONFIG_INVALID for a trusted key that is none
 */
export async function verifyImage(
  source: ImageSource,
  digest: Digest,
  trusted: readonly TrustedSigner[],
  verifier: Verifier,
): Promise<SignatureFinding> {
  const expected = nameExpected(readTrusted(trusted));
  const reasons: string[] = [];
  let looked = 0;
  for await (const { descriptor, form, read } of findSignatures(source, digest, trusted, verifier, COSIGN_SIGN)) {
    if (++looked > MAX_BUNDLES) break;
    try {
      const { counts, but, signer, at } = await read();
      if (counts) return { digest, form, descriptor, signer, ...defined({ at }) };
      reasons.push(`${descriptor.digest}: signed by ${nameSigner(signer)}, but ${but}`);
    } catch (error) {
      reasons.push(`${descriptor.digest}: ${contentProblem(error)}`);
    }
  }
  throw new DualRegistryError(
    "SIGNATURE_INVALID",
    `${source.name}@${digest}: ${
      looked === 0 ? "it is not signed" : `none of ${Math.min(looked, MAX_BUNDLES)} signatures counts`
    }; ${expected}${list(reasons, looked)}`,
  );
}

function list(reasons: readonly string[], looked: number): string {
  const lines = reasons.slice(0, LISTED).map((reason) => `\n  ${reason}`);
  if (reasons.length > LISTED) lines.push(`\n  and ${reasons.length - LISTED} more`);
  if (looked > MAX_BUNDLES) lines.push(`\n  there are more than ${MAX_BUNDLES}; the others were not looked at`);
  return lines.join("");
}
