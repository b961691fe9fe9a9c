import { X509Certificate } from "node:crypto";
import { createRequire } from "node:module";
import type * as SigstoreBundle from "@sigstore/bundle";
import { z } from "zod";
import { invalid, said } from "./bundle";

const load = createRequire(__filename);

/** Annotations of a layer of the older form. Source: Cosign, specs/SIGNATURE_SPEC.md. */
export const ANNOTATIONS = {
  signature: "dev.cosignproject.cosign/signature",
  certificate: "dev.sigstore.cosign/certificate",
  log: "dev.sigstore.cosign/bundle",
  timestamp: "dev.sigstore.cosign/rfc3161timestamp",
} as const;

const base64 = z.base64().min(1);

/** A log entry with Rekor's promise to include it. */
const logSchema = z.object({
  SignedEntryTimestamp: base64,
  Payload: z.object({
    body: base64,
    integratedTime: z.number().int().positive(),
    logIndex: z.number().int().nonnegative(),
    logID: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});
const bodySchema = z.object({ kind: z.string(), apiVersion: z.string() });
const timestampSchema = z.object({ SignedRFC3161Timestamp: base64 });

/**
 * A keyless signature of the older form as a Sigstore bundle, which verifies by the same rules. The certificate chain in
 * the annotations is left out: only the trusted root's authorities count.
 *
 * @throws DualRegistryError SIGNATURE_INVALID
 */
export function toBundle(
  signed: { digest: Buffer; signature: Buffer; annotations: Readonly<Record<string, string>> },
  where: string,
): SigstoreBundle.Bundle {
  const { bundleFromJSON } = load("@sigstore/bundle") as typeof SigstoreBundle;
  const { annotations } = signed;
  try {
    const pem = annotations[ANNOTATIONS.certificate] ?? "";
    const log = annotations[ANNOTATIONS.log];
    const stamp = annotations[ANNOTATIONS.timestamp];
    return bundleFromJSON({
      mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
      messageSignature: {
        messageDigest: { algorithm: "SHA2_256", digest: signed.digest.toString("base64") },
        signature: signed.signature.toString("base64"),
      },
      verificationMaterial: {
        x509CertificateChain: {
          certificates: [{ rawBytes: new X509Certificate(pem).raw.toString("base64") }],
        },
        tlogEntries: log === undefined ? [] : [logEntry(log)],
        timestampVerificationData: { rfc3161Timestamps: stamp === undefined ? [] : [timestamp(stamp)] },
      },
    });
  } catch (error) {
    throw invalid(where, `its certificate, log entry or time stamp is unreadable: ${said(error)}`, error);
  }
}

function logEntry(json: string): object {
  const { SignedEntryTimestamp, Payload } = logSchema.parse(JSON.parse(json));
  const { kind, apiVersion } = bodySchema.parse(JSON.parse(Buffer.from(Payload.body, "base64").toString("utf8")));
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: Buffer.from(Payload.logID, "hex").toString("base64") },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: Payload.body,
  };
}

const timestamp = (json: string): object => ({
  signedTimestamp: timestampSchema.parse(JSON.parse(json)).SignedRFC3161Timestamp,
});
