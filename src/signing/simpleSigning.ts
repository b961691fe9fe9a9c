import { createHash, X509Certificate } from "node:crypto";
import type * as SigstoreBundle from "@sigstore/bundle";
import { z } from "zod";
import { decode } from "../base/decode/decode";
import { type Digest, parseDigest } from "../base/digest";
import { loadPackage } from "../base/packages";
import { referrersTag } from "../base/referrersTag";
import { quoted } from "../base/text/quote";
import { type Descriptor, type ImageSource, readManifest, readSmallBlob } from "../oci";
import { contentProblem, invalid, MAX_BUNDLE, MAX_BUNDLES, said } from "./bundle";
import { nameExpected, type Trusted, verifyIdentity } from "./identity";
import { fingerprint, signedBy } from "./publicKey";
import type { TrustRoot } from "./trustRoot";
import type { FoundSigner } from "./types";

const WHERE = "Cosign signature";

/** Characters of the longest signature: that of an RSA key of 16,384 bits. */
const MAX_SIGNATURE = 4096;

/** Source: containers/image, containers-signature.5, "JSON data format", with Cosign's own type. */
const payloadSchema = z.object({
  critical: z.object({
    image: z.object({ "docker-manifest-digest": z.string() }),
    type: z.literal("cosign container image signature"),
  }),
});

/** A layer of an image under `sha256-<hex>.sig`. */
export interface SimpleLayer {
  payload: Buffer;
  annotations: Readonly<Record<string, string>>;
}

/**
 * Verifies a signature of Cosign's older form.
 *
 * @throws DualRegistryError SIGNATURE_INVALID
 */
export async function verifySimple(
  layer: SimpleLayer,
  trusted: Trusted,
  root: () => Promise<TrustRoot>,
): Promise<{ digest: Digest; signer: FoundSigner; at?: Date }> {
  const { payload, annotations } = layer;
  if (payload.length > MAX_BUNDLE) throw invalid(WHERE, `a payload of ${payload.length} bytes; allowed: ${MAX_BUNDLE}`);
  const text = annotations[ANNOTATIONS.signature] ?? "";
  if (text.length > MAX_SIGNATURE || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    throw invalid(WHERE, `annotation ${ANNOTATIONS.signature}: ${quoted(text)} is no signature in base64`);
  }
  const signature = Buffer.from(text, "base64");
  const found = await signerOf({ payload, signature, annotations }, trusted, root);
  return { digest: readPayload(payload), ...found };
}

async function signerOf(
  signed: SimpleLayer & { signature: Buffer },
  trusted: Trusted,
  root: () => Promise<TrustRoot>,
): Promise<{ signer: FoundSigner; at?: Date }> {
  const { payload, signature, annotations } = signed;
  const key = trusted.keys.find((candidate) => signedBy(candidate, payload, signature));
  if (key) return { signer: { keyFingerprint: fingerprint(key) } };
  if (annotations[ANNOTATIONS.certificate] === undefined) {
    throw invalid(WHERE, `signed by a key that is not named, or of another content; ${nameExpected(trusted)}`);
  }
  const digest = createHash("sha256").update(payload).digest();
  return verifyIdentity(toBundle({ digest, signature, annotations }, WHERE), trusted, {
    artifact: payload,
    root,
    where: WHERE,
  });
}

function readPayload(payload: Buffer): Digest {
  let json: unknown;
  try {
    json = JSON.parse(payload.toString("utf8"));
  } catch {
    throw invalid(WHERE, "what was signed is not JSON");
  }
  const read = decode(payloadSchema, json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const what = `${issue?.path.map(String).join(".") ?? ""}: ${(issue?.message ?? "unreadable").slice(0, 200)}`;
    throw invalid(WHERE, `what was signed is no "cosign container image signature": ${what}`);
  }
  try {
    return parseDigest(read.data.critical.image["docker-manifest-digest"], "docker-manifest-digest");
  } catch (error) {
    throw invalid(WHERE, error instanceof Error ? error.message : "no digest", error);
  }
}

/** Annotations of a layer of the older form. Source: Cosign, specs/SIGNATURE_SPEC.md. */
const ANNOTATIONS = {
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
function toBundle(
  signed: { digest: Buffer; signature: Buffer; annotations: Readonly<Record<string, string>> },
  where: string,
): SigstoreBundle.Bundle {
  const { bundleFromJSON } = loadPackage("@sigstore/bundle");
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

/** Media type of a payload of the older form. Source: Cosign, specs/SIGNATURE_SPEC.md. */
export const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";

/** Bytes of the largest payload read: it names one image and few annotations. */
const MAX_PAYLOAD = 64 * 1024;

/** A signature of the older form, or why it cannot be read. */
export type SimpleFound = { descriptor: Descriptor } & (SimpleLayer | { problem: string });

/**
 * The signatures under an image's `sha256-<hex>.sig` tag, unreadable ones among them, none verified. At most
 * {@link MAX_BUNDLES}.
 *
 * @throws DualRegistryError what the store answers
 */
export async function* findSimpleSignatures(source: ImageSource, digest: Digest): AsyncIterable<SimpleFound> {
  const tag = referrersTag(digest, "sig");
  const resolved = await source.resolve(tag);
  if (!resolved) return;
  let layers: readonly Descriptor[];
  try {
    layers = readManifest(await source.manifest(resolved.digest), `${source.name}:${tag}`).layers;
  } catch (error) {
    yield { descriptor: resolved, problem: contentProblem(error) };
    return;
  }
  for (const layer of layers.filter(({ mediaType }) => mediaType === SIMPLE_SIGNING).slice(0, MAX_BUNDLES)) {
    yield await readOne(source, layer);
  }
}

/**
 * The signatures under an image's `sha256-<hex>.sig` tag that can be read, none verified.
 *
 * @throws DualRegistryError what the store answers
 */
export async function* readSimpleSignatures(
  source: ImageSource,
  digest: Digest,
): AsyncIterable<SimpleLayer & { descriptor: Descriptor }> {
  for await (const found of findSimpleSignatures(source, digest)) if ("payload" in found) yield found;
}

async function readOne(source: ImageSource, descriptor: Descriptor): Promise<SimpleFound> {
  try {
    const payload = await readSmallBlob(source, descriptor, MAX_PAYLOAD);
    if (payload) return { descriptor, payload, annotations: descriptor.annotations ?? {} };
    return { descriptor, problem: `a payload of ${descriptor.size} bytes; allowed: ${MAX_PAYLOAD}` };
  } catch (error) {
    return { descriptor, problem: contentProblem(error) };
  }
}
