import type { Digest } from "../base/digest";
import type { TrustedSigner } from "../domain/image/policy";

export type { TrustedSigner } from "../domain/image/policy";

/** Who a certificate names, and what it says of the run that had it. Absent is what it does not say. */
export interface CertificateIdentity {
  issuer: string;
  subject: string;
  sourceRepository?: string;
  sourceRef?: string;
  sourceRepositoryId?: string;
  event?: string;
}

/** A signer found: the key's fingerprint (sha256 of its DER, hex), or the identity in the certificate. */
export type FoundSigner = { keyFingerprint: string } | CertificateIdentity;

/** Signs. */
export interface Signer {
  /** For messages and records: never the key. */
  readonly name: string;
  /**
   * Wraps an in-toto statement in a Sigstore bundle (DSSE).
   *
   * @param statement the JSON's bytes, exactly as they are signed
   * @returns the bundle's JSON, version 0.3
   */
  signStatement(statement: Buffer): Promise<Buffer>;
}

/** An in-toto statement of version 1. Source: in-toto attestation framework, statement.md. */
export interface Statement {
  _type: "https://in-toto.io/Statement/v1";
  subject: readonly { name?: string; digest: Readonly<Record<string, string>> }[];
  predicateType: string;
  predicate: unknown;
}

/** What was signed about an image, verified. */
interface VerifiedStatement {
  statement: Statement;
  signer: FoundSigner;
  /** When, as a transparency log or time-stamp authority says; absent for a bare key. */
  at?: Date;
}

/** Verifies bundles against pinned signers. */
export interface Verifier {
  /**
   * @param bundle JSON of a Sigstore bundle from outside
   * @param trusted one of these must have signed
   * @throws DualRegistryError SIGNATURE_INVALID, which says who signed and who was expected
   */
  verifyBundle(bundle: Buffer, trusted: readonly TrustedSigner[]): Promise<VerifiedStatement>;

  /**
   * Verifies Cosign's older form: a "simple signing" payload and its signature, from an image under `sha256-<hex>.sig`.
   *
   * @param layer the payload, with the annotations of its layer: signature, and certificate, chain and log entry where keyless
   * @throws DualRegistryError SIGNATURE_INVALID
   */
  verifySimpleSigning(
    layer: { payload: Buffer; annotations: Readonly<Record<string, string>> },
    trusted: readonly TrustedSigner[],
  ): Promise<{ digest: Digest; signer: FoundSigner; at?: Date }>;
}

/** Artifact type and layer type of a Sigstore bundle that is attached to an image. Source: Cosign's bundle specification. */
export const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** What a bundle's manifest says it holds, so that readers need not fetch the others. */
export const PREDICATE_ANNOTATION = "dev.sigstore.bundle.predicateType";

/** Predicate of a plain "this image is ours", as Cosign writes it. */
export const COSIGN_SIGN = "https://sigstore.dev/cosign/sign/v1";
