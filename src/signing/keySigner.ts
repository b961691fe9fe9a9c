import { createPublicKey, sign } from "node:crypto";
import { createRequire } from "node:module";
import type * as SigstoreBundle from "@sigstore/bundle";
import type * as SigstoreCore from "@sigstore/core";
import type { Signer } from "./contract";
import { readPrivateKey, type Password } from "./keyFile";
import { fingerprint, hashesOf, keyHint } from "./publicKey";
import { PAYLOAD_TYPE } from "./statement";

const load = createRequire(__filename);

/** A signer whose key is known beforehand, so that what it signed already can be found. */
export interface KeySigner extends Signer {
  /** PEM. */
  readonly publicKey: string;
}

/** True for a signer that signs with one key. */
export const isKeySigner = (signer: Signer): signer is KeySigner => "publicKey" in signer;

/**
 * Signs with a key from a file.
 *
 * @param pem Cosign's encrypted key, or an unencrypted one (PKCS #8, SEC 1 or PKCS #1)
 * @param password asked for once, and only where the key is encrypted
 * @throws DualRegistryError USAGE
 */
export async function keySigner(pem: Buffer, password: Password): Promise<KeySigner> {
  const key = await readPrivateKey(pem, password);
  const publicKey = createPublicKey(key);
  const [hash = null] = hashesOf(key);
  return {
    name: `key sha256:${fingerprint(publicKey)}`,
    publicKey: publicKey.export({ format: "pem", type: "spki" }).toString(),
    signStatement(statement) {
      const { toDSSEBundle, bundleToJSON } = load("@sigstore/bundle") as typeof SigstoreBundle;
      const { dsse } = load("@sigstore/core") as typeof SigstoreCore;
      const bundle = toDSSEBundle({
        artifact: statement,
        artifactType: PAYLOAD_TYPE,
        signature: sign(hash, dsse.preAuthEncoding(PAYLOAD_TYPE, statement), key),
        keyHint: keyHint(publicKey),
      });
      // The hint belongs beside the envelope only: a key id inside of it that is not its own makes Cosign say no.
      for (const signature of bundle.content.dsseEnvelope.signatures) signature.keyid = "";
      return Promise.resolve(Buffer.from(JSON.stringify(bundleToJSON(bundle))));
    },
  };
}
