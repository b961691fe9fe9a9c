import type * as SigstoreBundle from "@sigstore/bundle";
import { loadPackage } from "../base/packages";
import { quoted } from "../base/text/quote";
import { invalid, readBundle } from "./bundle";
import { nameExpected, readTrusted, type Trusted, verifyIdentity } from "./identity";
import { fingerprint, signedBy } from "./publicKey";
import { verifySimple } from "./simpleSigning";
import { PAYLOAD_TYPE, readStatement } from "./statement";
import { readTrustRoot, type TrustOptions, type TrustRoot } from "./trustRoot";
import type { FoundSigner, Statement, Verifier } from "./types";

const WHERE = "Signature bundle";

/**
 * A verifier of signatures by pinned keys, and by identities that Sigstore's certificates name. For keys nothing is
 * asked over the network and no log is wanted; for identities the trusted root is read once, when first needed.
 */
export function makeVerifier(options: TrustOptions = {}): Verifier {
  let pending: Promise<TrustRoot> | undefined;
  const root = (): Promise<TrustRoot> => {
    pending ??= readTrustRoot(options).catch((error: unknown) => {
      pending = undefined;
      throw error;
    });
    return pending;
  };
  return {
    async verifyBundle(bytes, signers) {
      const trusted = readTrusted(signers);
      const bundle = readEnvelope(bytes);
      const found: { signer: FoundSigner; at?: Date } =
        bundle.verificationMaterial.content.$case === "publicKey"
          ? { signer: verifyKey(bundle, trusted) }
          : await verifyIdentity(bundle, trusted, { root, where: WHERE });
      return { statement: readStatement(bundle.content.dsseEnvelope.payload, WHERE), ...found };
    },
    async verifySimpleSigning(layer, signers) {
      return verifySimple(layer, readTrusted(signers), root);
    },
  };
}

function readEnvelope(bytes: Buffer): SigstoreBundle.Bundle & SigstoreBundle.BundleWithDsseEnvelope {
  const bundle = readBundle(bytes, WHERE);
  const { payloadType } = bundle.content.dsseEnvelope;
  if (payloadType === PAYLOAD_TYPE) return bundle;
  throw invalid(WHERE, `a payload of type ${quoted(payloadType)}; allowed: ${PAYLOAD_TYPE}`);
}

/**
 * What a bundle says, whoever signed it: where nobody is trusted that is worth as much as a statement that nobody signed.
 *
 * @throws DualRegistryError SIGNATURE_INVALID where its form is wrong
 */
export const unverifiedStatement = (bytes: Buffer): Statement =>
  readStatement(readEnvelope(bytes).content.dsseEnvelope.payload, WHERE);

/** Which trusted key signed the envelope. The hint says who claims to have: it is good for messages alone. */
function verifyKey(bundle: SigstoreBundle.BundleWithDsseEnvelope, trusted: Trusted): FoundSigner {
  const { dsse } = loadPackage("@sigstore/core");
  const { payload, payloadType, signatures } = bundle.content.dsseEnvelope;
  const signed = dsse.preAuthEncoding(payloadType, payload);
  const signature = signatures[0]?.sig ?? Buffer.alloc(0);
  const key = trusted.keys.find((candidate) => signedBy(candidate, signed, signature));
  if (key) return { keyFingerprint: fingerprint(key) };
  const { content } = bundle.verificationMaterial;
  const claimed = content.$case === "publicKey" ? Buffer.from(content.publicKey.hint, "base64").toString("hex") : "";
  if (trusted.keys.some((candidate) => fingerprint(candidate) === claimed)) {
    throw invalid(
      WHERE,
      `it claims key sha256:${claimed}, whose signature over this content it is not: one was changed`,
    );
  }
  const who = /^[0-9a-f]{64}$/.test(claimed) ? `key sha256:${claimed}` : "a key that is not named";
  throw invalid(WHERE, `signed by ${who}; ${nameExpected(trusted)}`);
}
