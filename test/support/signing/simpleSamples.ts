import { sign, X509Certificate } from "node:crypto";
import { bundleToJSON } from "@sigstore/bundle";
import { FulcioSigner, MessageSignatureBundleBuilder, RekorWitness, TSAWitness } from "@sigstore/sign";
import type { Digest } from "../../../src/base/digest";
import { referrersTag } from "../../../src/base/referrersTag";
import { SIMPLE_SIGNING, type SimpleLayer } from "../../../src/signing/simpleSigning";
import type { MemoryStore } from "./memoryStore";
import { type Claims, identityToken, type SigstoreServices } from "./sigstoreServices";

/** What Cosign's older form signs. */
export function simplePayload(digest: string, over: object = {}): Buffer {
  const critical = {
    identity: { "docker-reference": "registry.example.com/orders/api" },
    image: { "docker-manifest-digest": digest },
    type: "cosign container image signature",
    ...over,
  };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

/** A layer signed by an unencrypted P-256 key. */
export const simpleByKey = (privatePem: string, payload: Buffer): SimpleLayer => ({
  payload,
  annotations: { "dev.cosignproject.cosign/signature": sign("sha256", payload, privatePem).toString("base64") },
});

interface KeylessBundle {
  messageSignature: { signature: string };
  verificationMaterial: {
    x509CertificateChain: { certificates: { rawBytes: string }[] };
    tlogEntries?: {
      logIndex: string;
      logId: { keyId: string };
      integratedTime: string;
      inclusionPromise: { signedEntryTimestamp: string };
      canonicalizedBody: string;
    }[];
    timestampVerificationData?: { rfc3161Timestamps?: { signedTimestamp: string }[] };
  };
}

/** A layer signed as an identity, with its certificate and its log entry in annotations. */
export async function simpleKeyless(
  { url }: SigstoreServices,
  [issuer, subject]: readonly [string, string],
  payload: Buffer,
  { witness = "log", claims }: { witness?: "log" | "tsa"; claims?: Claims } = {},
): Promise<SimpleLayer> {
  const builder = new MessageSignatureBundleBuilder({
    signer: new FulcioSigner({
      fulcioBaseURL: url,
      identityProvider: { getToken: () => Promise.resolve(identityToken(issuer, subject, claims)) },
    }),
    witnesses: [witness === "log" ? new RekorWitness({ rekorBaseURL: url }) : new TSAWitness({ tsaBaseURL: url })],
  });
  const json = JSON.stringify(bundleToJSON(await builder.create({ data: payload })));
  const { messageSignature, verificationMaterial: material } = JSON.parse(json) as KeylessBundle;
  const [certificate] = material.x509CertificateChain.certificates;
  const [entry] = material.tlogEntries ?? [];
  const [stamp] = material.timestampVerificationData?.rfc3161Timestamps ?? [];
  return {
    payload,
    annotations: {
      "dev.cosignproject.cosign/signature": messageSignature.signature,
      "dev.sigstore.cosign/certificate": new X509Certificate(
        Buffer.from(certificate?.rawBytes ?? "", "base64"),
      ).toString(),
      ...(entry === undefined ? {} : { "dev.sigstore.cosign/bundle": logAnnotation(entry) }),
      ...(stamp === undefined
        ? {}
        : {
            "dev.sigstore.cosign/rfc3161timestamp": JSON.stringify({ SignedRFC3161Timestamp: stamp.signedTimestamp }),
          }),
    },
  };
}

const logAnnotation = (entry: NonNullable<KeylessBundle["verificationMaterial"]["tlogEntries"]>[number]): string =>
  JSON.stringify({
    SignedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp,
    Payload: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: Buffer.from(entry.logId.keyId, "base64").toString("hex"),
    },
  });

/** Puts layers under the tag of an image's signatures. */
export function putSimple(store: MemoryStore, digest: Digest, layers: readonly SimpleLayer[]): void {
  const config = store.putBlob("application/vnd.oci.image.config.v1+json", Buffer.from("{}"));
  const written = layers.map(({ payload, annotations }) => ({
    ...store.putBlob(SIMPLE_SIGNING, payload),
    annotations,
  }));
  store.putManifest({ config, layers: written }, referrersTag(digest, "sig"));
}
