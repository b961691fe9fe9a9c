import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import type { Descriptor, ImageSource } from "../oci";
import { contentProblem, findBundles, MAX_BUNDLES } from "./bundle";
import { nameExpected, nameSigner, readTrusted } from "./identity";
import { findSimpleSignatures } from "./simpleSigning";
import { isAbout } from "./statement";
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

type Signature = Omit<SignatureFinding, "digest" | "form" | "descriptor"> & { about: boolean; what: string };
type Candidate = { descriptor: Descriptor; form: SignatureFinding["form"]; read: () => Promise<Signature> };

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
  for await (const { descriptor, form, read } of candidates(source, digest, trusted, verifier)) {
    if (++looked > MAX_BUNDLES) break;
    try {
      const { about, what, ...signature } = await read();
      if (about) return { digest, form, descriptor, ...signature };
      reasons.push(`${descriptor.digest}: signed by ${nameSigner(signature.signer)}, but ${what}`);
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

async function* candidates(
  source: ImageSource,
  digest: Digest,
  trusted: readonly TrustedSigner[],
  verifier: Verifier,
): AsyncIterable<Candidate> {
  for await (const found of findBundles(source, digest, COSIGN_SIGN)) {
    yield {
      descriptor: found.descriptor,
      form: "bundle",
      read: async () => {
        if ("problem" in found) throw unreadable(found.problem);
        const { statement, ...by } = await verifier.verifyBundle(found.bundle, trusted);
        const kind = statement.predicateType === COSIGN_SIGN;
        const what = kind ? "it is about another digest" : `it says ${quoted(statement.predicateType)} of the image`;
        return { ...by, about: kind && isAbout(statement, digest), what };
      },
    };
  }
  for await (const found of findSimpleSignatures(source, digest)) {
    yield {
      descriptor: found.descriptor,
      form: "simple",
      read: async () => {
        if ("problem" in found) throw unreadable(found.problem);
        const { digest: of, ...by } = await verifier.verifySimpleSigning(found, trusted);
        return { ...by, about: of === digest, what: `it is about ${of}` };
      },
    };
  }
}

const unreadable = (problem: string): DualRegistryError => new DualRegistryError("SIGNATURE_INVALID", problem);
