import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { DualRegistryError } from "../base/errors";

/** Fewest bits of an RSA key whose signatures count. Source: NIST SP 800-131A, revision 2. */
const MIN_RSA_BITS = 2048;

/** Characters of the longest key file that is read. */
export const MAX_KEY_FILE = 64 * 1024;

const PUBLIC_PEM = /^\s*-----BEGIN (?:RSA )?PUBLIC KEY-----/;

/** How a key signs: the digest's name, or null where the scheme has its own (Ed25519). */
export type SigningHash = "sha256" | "sha384" | "sha512" | null;

/** What the hashes of a key's kind are: the first is signed with, all are accepted; none where the kind is not. */
const EC_HASHES: Readonly<Record<string, readonly SigningHash[]>> = {
  prime256v1: ["sha256"],
  // Cosign 3 signs with the curve's own hash, Cosign 1 and 2 with SHA-256 whatever the curve.
  secp384r1: ["sha384", "sha256"],
  secp521r1: ["sha512", "sha256"],
};

/**
 * The hashes that a key, public or private, may sign with, the usual one first; empty for a key that is not taken.
 * Ed25519 is the pure scheme: Cosign 3 signs with the prehashed one (Ed25519ph), which its own `verify --key` refuses.
 */
export function hashesOf(key: KeyObject): readonly SigningHash[] {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === "ec") return EC_HASHES[details?.namedCurve ?? ""] ?? [];
  if (key.asymmetricKeyType === "ed25519") return [null];
  if (key.asymmetricKeyType === "rsa" && (details?.modulusLength ?? 0) >= MIN_RSA_BITS) return ["sha256"];
  return [];
}

/** What keys are taken, for messages. */
export const KEYS_ALLOWED = `ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of at least ${MIN_RSA_BITS} bits`;

/**
 * A public key from PEM. A private key is refused, though its public half could be had from it: it has no business
 * where public keys stand.
 *
 * @param where names the place it stands in, for the message
 * @throws DualRegistryError CONFIG_INVALID
 */
export function readPublicKey(pem: string, where: string): KeyObject {
  const known = KNOWN.get(pem);
  if (known) return known;
  const key = parsePublicKey(pem, where);
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear();
  KNOWN.set(pem, key);
  return key;
}

/** Keys read before, by their PEM: the few that are trusted are wanted again for each signature. */
const KNOWN = new Map<string, KeyObject>();
const MOST_KNOWN = 100;

function parsePublicKey(pem: string, where: string): KeyObject {
  const refuse = (why: string): never => {
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `${where}: ${why}; allowed: a PEM "PUBLIC KEY" (${KEYS_ALLOWED}), such as the file cosign.pub`,
    );
  };
  if (pem.length > MAX_KEY_FILE) return refuse(`${pem.length} characters are no public key`);
  if (pem.split("-----BEGIN ").length > 2) return refuse("more than one PEM: name each key by itself");
  if (pem.includes("PRIVATE KEY")) return refuse("a private key stands where a public one belongs");
  if (!PUBLIC_PEM.test(pem)) return refuse("no PEM of a public key");
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return refuse("the PEM holds no public key");
  }
  if (hashesOf(key).length === 0) return refuse(`a key of kind ${key.asymmetricKeyType ?? "unknown"} is not taken`);
  return key;
}

const spki = (key: KeyObject): Buffer => key.export({ format: "der", type: "spki" });

/** sha256 of a public key's DER (SubjectPublicKeyInfo), hexadecimal: the same whatever the PEM looked like. */
export function fingerprint(key: KeyObject): string {
  const known = FINGERPRINTS.get(key);
  if (known !== undefined) return known;
  const made = createHash("sha256").update(spki(key)).digest("hex");
  FINGERPRINTS.set(key, made);
  return made;
}

const FINGERPRINTS = new WeakMap<KeyObject, string>();

/** What a bundle says of the key that signed it: the fingerprint in base64, as Cosign 3 writes it. */
export const keyHint = (key: KeyObject): string => createHash("sha256").update(spki(key)).digest("base64");

/** True where the signature over the bytes is by the key, in one of the ways that its kind signs. */
export function signedBy(key: KeyObject, data: Buffer, signature: Buffer): boolean {
  return hashesOf(key).some((hash) => {
    try {
      return verify(hash, data, key, signature);
    } catch {
      return false;
    }
  });
}
