import { createHash } from "node:crypto";
import { z } from "zod";
import { parseDigest, type Digest } from "../oci/digest";
import { quoted } from "../boundedFile";
import { invalid, MAX_BUNDLE } from "./bundle";
import type { FoundSigner } from "./contract";
import { verifyIdentity } from "./identity";
import { fingerprint, signedBy } from "./publicKey";
import { ANNOTATIONS, toBundle } from "./simpleBundle";
import { nameExpected, type Trusted } from "./trusted";
import type { TrustRoot } from "./trustRoot";

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
  const read = payloadSchema.safeParse(json);
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
