import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import type { Digest } from "../../../src/base/digest";
import { DualRegistryError, type ErrorCode } from "../../../src/base/errors";
import { keySigner, type KeySigner } from "../../../src/signing/keySigner";
import { PAYLOAD_TYPE } from "../../../src/signing/statement";

export const DIGEST: Digest = `sha256:${"a1".repeat(32)}`;
export const OTHER: Digest = `sha256:${"b2".repeat(32)}`;
/** For files that are not encrypted: asking fails. */
export const NO_PASSWORD = (): never => {
  throw new Error("the password was asked for");
};

/** An unencrypted PEM key of each kind that is taken. */
export const KEY_KINDS: Readonly<Record<string, () => string>> = {
  "P-256": () => pem(generateKeyPairSync("ec", { namedCurve: "prime256v1" })),
  "P-384": () => pem(generateKeyPairSync("ec", { namedCurve: "secp384r1" })),
  "P-521": () => pem(generateKeyPairSync("ec", { namedCurve: "secp521r1" })),
  Ed25519: () => pem(generateKeyPairSync("ed25519")),
  "RSA 2048": () => pem(generateKeyPairSync("rsa", { modulusLength: 2048 })),
};

type Pair = ReturnType<typeof generateKeyPairSync>;
/** The private half, PKCS #8. */
export const pem = ({ privateKey }: Pick<Pair, "privateKey">): string =>
  privateKey.export({ format: "pem", type: "pkcs8" }).toString();

/** A signer with a new key. */
export const newSigner = (kind = "P-256"): Promise<KeySigner> =>
  keySigner(Buffer.from(KEY_KINDS[kind]?.() ?? ""), NO_PASSWORD);

/** The parts of a bundle that tests change. */
export interface LooseBundle {
  mediaType: string;
  verificationMaterial: {
    publicKey?: { hint: string };
    certificate?: { rawBytes: string };
    tlogEntries?: Record<string, unknown>[];
    timestampVerificationData?: { rfc3161Timestamps?: { signedTimestamp: string }[] };
  };
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid?: string }[] };
}

/** A bundle with something changed in it. */
export function changed(bundle: Buffer, change: (bundle: LooseBundle) => void): Buffer {
  const loose = JSON.parse(bundle.toString("utf8")) as LooseBundle;
  change(loose);
  return Buffer.from(JSON.stringify(loose));
}

/** A bundle over any payload, of any type, by an unencrypted P-256 key: what an honest signer would never make. */
export function signAnything(privatePem: string, payload: string | Buffer, payloadType = PAYLOAD_TYPE): Buffer {
  const content = Buffer.from(payload);
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${content.length} `;
  const signed = Buffer.concat([Buffer.from(head), content]);
  return Buffer.from(
    JSON.stringify({
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      verificationMaterial: { publicKey: { hint: createHash("sha256").update(privatePem).digest("base64") } },
      dsseEnvelope: {
        payload: content.toString("base64"),
        payloadType,
        signatures: [{ sig: sign("sha256", signed, privatePem).toString("base64") }],
      },
    }),
  );
}

/** Waits for a refusal of one code whose message matches everything given. */
export async function refuses(work: () => unknown, code: ErrorCode, ...matches: readonly RegExp[]): Promise<void> {
  await assert.rejects(new Promise((resolve) => resolve(work())), (error: unknown) => {
    assert.ok(error instanceof DualRegistryError, String(error));
    assert.equal(error.code, code, error.message);
    for (const match of matches) assert.match(error.message, match);
    return true;
  });
}

/** Everything that comes. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}
