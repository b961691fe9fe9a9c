import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import type { Descriptor, ImageSource } from "../oci";
import { contentProblem, findBundles, MAX_BUNDLES, mayBeBundle } from "./bundle";
import { nameSigner } from "./identity";
import { findSimpleSignatures } from "./simpleSigning";
import { isAbout } from "./statement";
import { COSIGN_SIGN, type FoundSigner, type Statement, type TrustedSigner, type Verifier } from "./types";
import { unverifiedStatement } from "./verifier";

/** A signature whose signer is trusted. */
interface TrustedSignature {
  signer: FoundSigner;
  /** When, as a log or a time-stamp authority says. */
  at?: Date;
  /** Absent for the older form, which says "this image is ours". */
  statement?: Statement;
  /** True where it says of exactly this digest what its predicate says. */
  about: boolean;
  /** True where it says "this image is ours" of exactly this digest. */
  counts: boolean;
  /** Why it does not count. */
  but: string;
}

/** A signature as it lies at an image; reading it verifies it. */
interface FoundSignature {
  descriptor: Descriptor;
  /** `bundle` is attached as a referrer; `simple` is Cosign's older form under a tag. */
  form: "bundle" | "simple";
  /** What it claims to say; undefined where it cannot be read, and for the older form. Nothing of it was verified. */
  claims: () => Statement | undefined;
  /** @throws DualRegistryError SIGNATURE_INVALID, which says who signed and who was expected */
  read: () => Promise<TrustedSignature>;
}

/**
 * Every signature at an image, in both forms, none verified before it is read.
 *
 * @param predicateType leaves out bundles that say that they hold another predicate
 * @throws DualRegistryError what the store answers
 */
export async function* findSignatures(
  source: ImageSource,
  digest: Digest,
  trusted: readonly TrustedSigner[],
  verifier: Verifier,
  predicateType?: string,
): AsyncIterable<FoundSignature> {
  for await (const found of findBundles(source, digest, predicateType)) {
    yield {
      descriptor: found.descriptor,
      form: "bundle",
      claims: () => ("problem" in found ? undefined : claimOf(found.bundle)),
      read: async () => {
        if ("problem" in found) throw unreadable(found.problem);
        const { statement, ...by } = await verifier.verifyBundle(found.bundle, trusted);
        const kind = statement.predicateType === COSIGN_SIGN;
        const about = isAbout(statement, digest);
        const but = kind ? "it is about another digest" : `it says ${quoted(statement.predicateType)} of the image`;
        return { ...by, statement, about, counts: kind && about, but };
      },
    };
  }
  for await (const found of findSimpleSignatures(source, digest)) {
    yield {
      descriptor: found.descriptor,
      form: "simple",
      claims: () => undefined,
      read: async () => {
        if ("problem" in found) throw unreadable(found.problem);
        const { digest: of, ...by } = await verifier.verifySimpleSigning(found, trusted);
        const about = of === digest;
        return { ...by, about, counts: about, but: `it is about ${of}` };
      },
    };
  }
}

const unreadable = (problem: string): DualRegistryError => new DualRegistryError("SIGNATURE_INVALID", problem);

function claimOf(bundle: Buffer): Statement | undefined {
  try {
    return unverifiedStatement(bundle);
  } catch (error) {
    contentProblem(error);
    return undefined;
  }
}

/** One signature found at an image, judged by a list of trusted signers. */
export interface JudgedSignature {
  descriptor: Descriptor;
  form: FoundSignature["form"];
  /** Who signed, in words; absent where nobody trusted did. */
  signer?: string;
  at?: Date;
  /** What it says, and only claims where `signer` is absent; absent for the older form, which names the image alone. */
  statement?: Statement;
  /** Why it says nothing that counts; absent where it does. */
  because?: string;
}

/**
 * All signatures at an image, each with who signed and whether the list trusts them: those that say "this image is ours"
 * first, so that attestations, however many, take the place of none. At most {@link MAX_BUNDLES} of each.
 *
 * @param take gets each at once, and what it returns is kept: all statements together may take much memory
 * @returns `more` where there are more than were looked at
 * @throws DualRegistryError what the store answers; CONFIG_INVALID for a trusted key that is none
 */
export async function judgeSignatures<Taken>(
  source: ImageSource,
  digest: Digest,
  { trusted, verifier }: { trusted: readonly TrustedSigner[]; verifier: Verifier },
  take: (judged: JudgedSignature) => Taken,
): Promise<{ judged: Taken[]; more: boolean }> {
  const judged: Taken[] = [];
  const seen = new Set<Digest>();
  for await (const found of findSignatures(source, digest, trusted, verifier, COSIGN_SIGN)) {
    seen.add(found.descriptor.digest);
    judged.push(take(await judgeOne(found)));
  }
  for await (const found of findSignatures(source, digest, trusted, verifier)) {
    if (found.form === "bundle" && !seen.has(found.descriptor.digest)) judged.push(take(await judgeOne(found)));
  }
  const bundles = (await source.referrers(digest)).filter(mayBeBundle);
  return { judged, more: bundles.length > MAX_BUNDLES };
}

async function judgeOne({ descriptor, form, claims, read }: FoundSignature): Promise<JudgedSignature> {
  try {
    const { signer, at, statement, about, but } = await read();
    const by = { signer: nameSigner(signer), ...defined({ at, statement }) };
    return { descriptor, form, ...by, ...(about ? {} : { because: but }) };
  } catch (error) {
    const because = contentProblem(error);
    return { descriptor, form, because, ...defined({ statement: claims() }) };
  }
}
