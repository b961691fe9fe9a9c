import { createPublicKey, sign } from "node:crypto";
import { loadPackage } from "../base/packages";
import {
  artifactDescriptor,
  attachUnlisted,
  type Descriptor,
  type ImageSource,
  type ImageTarget,
  type Manifest,
  cachedSource,
  type Resolved,
} from "../oci";
import { bundleArtifact, contentProblem, readBundles } from "./bundle";
import { type Password, readPrivateKey } from "./privateKey";
import { fingerprint, hashesOf, keyHint } from "./publicKey";
import { isAbout, PAYLOAD_TYPE, signStatementOf } from "./statement";
import { COSIGN_SIGN, type Signer, type TrustedSigner, type Verifier } from "./types";
import { makeVerifier } from "./verifier";

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
      const { toDSSEBundle, bundleToJSON } = loadPackage("@sigstore/bundle");
      const { dsse } = loadPackage("@sigstore/core");
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

/** By whom a signature that is there makes a new one needless. */
interface Known {
  verifier: Verifier;
  trusted: readonly TrustedSigner[];
}

/**
 * Signs an image: "this image is ours", in a bundle that is attached to it. Where the same key signed it before, nothing
 * is added.
 *
 * @param known for a signer without a key of its own: by whom a signature that is there makes a new one needless
 * @param listed what refers to the image, where the caller knows; default: the target is asked
 * @returns what holds the signature, the old or the new one; `unlisted` is what nobody finds before `target.list` was
 *   called with it
 * @throws DualRegistryError what signer and store say
 */
export async function signImage(
  target: ImageTarget,
  subject: Resolved,
  signer: Signer,
  known?: Known,
  listed?: readonly Descriptor[],
): Promise<{ descriptor: Descriptor; unlisted: readonly Manifest[] }> {
  const there = cachedSource(target, new Map(listed && [[subject.digest, listed]]));
  const same = isKeySigner(signer) ? { verifier: makeVerifier(), trusted: [{ key: signer.publicKey }] } : known;
  const found = same && (await findSignature(there, subject, same));
  if (found) return { descriptor: found, unlisted: [] };
  const artifact = bundleArtifact(await signer.signStatement(signStatementOf(subject.digest)), COSIGN_SIGN);
  const before = await there.referrers(subject.digest);
  const { unlisted } = await attachUnlisted(target, [artifact], subject, { listed: before });
  return { descriptor: artifactDescriptor(artifact, subject), unlisted };
}

async function findSignature(
  target: ImageSource,
  { digest }: Resolved,
  { verifier, trusted }: Known,
): Promise<Descriptor | undefined> {
  for await (const { bundle, descriptor } of readBundles(target, digest, COSIGN_SIGN)) {
    try {
      const { statement } = await verifier.verifyBundle(bundle, trusted);
      if (statement.predicateType === COSIGN_SIGN && isAbout(statement, digest)) return descriptor;
    } catch (error) {
      contentProblem(error);
    }
  }
  return undefined;
}
