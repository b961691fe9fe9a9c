import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { DualRegistryError } from "../errors";
import { seal, unseal } from "./encryptedKey";
import { hashesOf, KEYS_ALLOWED, MAX_KEY_FILE } from "./publicKey";

/** Asked for only where the key is encrypted. */
export type Password = () => Promise<string> | string;

/** PEM types of Cosign's encrypted keys: what it writes now, and what it wrote before version 2. */
const SEALED = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"];
const PLAIN = ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"];
const PEM = /-----BEGIN ([A-Z ]{1,40})-----([A-Za-z0-9+/=\s]+)-----END \1-----/;

const refuseKey = (why: string): never => {
  throw new DualRegistryError(
    "USAGE",
    `Signing key: ${why}; allowed: PEM of type ${[...SEALED, ...PLAIN].join(", ")}; ` +
      `make one with \`cosign generate-key-pair\``,
  );
};

/**
 * A private key from Cosign's file, or from unencrypted PEM.
 *
 * @param password asked for only where the file is encrypted
 * @throws DualRegistryError USAGE, which never shows the file's content
 */
export async function readPrivateKey(pem: Buffer, password: Password): Promise<KeyObject> {
  if (pem.length > MAX_KEY_FILE) return refuseKey(`${pem.length} bytes are no key`);
  const found = PEM.exec(pem.toString("latin1"));
  if (!found) return refuseKey("no PEM");
  const [text, type = "", body = ""] = found;
  const sealed = SEALED.includes(type);
  if (!sealed && !PLAIN.includes(type)) return refuseKey(`PEM of type ${JSON.stringify(type)}`);
  const der = sealed ? await unseal(Buffer.from(body, "base64"), await password()) : undefined;
  let key: KeyObject;
  try {
    key = createPrivateKey(der ? { key: der, format: "der", type: "pkcs8" } : text);
  } catch {
    return refuseKey("no private key is in it");
  }
  if (hashesOf(key).length === 0) {
    return refuseKey(`a key of kind ${key.asymmetricKeyType ?? "unknown"} is not taken, but ${KEYS_ALLOWED}`);
  }
  return key;
}

/** PEM of a key pair, as `cosign generate-key-pair` writes it to cosign.key and cosign.pub. */
export interface KeyPair {
  privateKey: string;
  publicKey: string;
}

const wrap = (type: string, bytes: Buffer): string =>
  `-----BEGIN ${type}-----\n${bytes.toString("base64").replace(/(.{64})(?=.)/g, "$1\n")}\n-----END ${type}-----\n`;

/**
 * A new key pair (ECDSA on P-256) in Cosign's format: Cosign signs with it and verifies by it.
 *
 * @param password opens the private key; may be empty, as with Cosign
 */
export async function generateKeyPair(password: string): Promise<KeyPair> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const der = privateKey.export({ format: "der", type: "pkcs8" });
  return {
    privateKey: wrap("ENCRYPTED SIGSTORE PRIVATE KEY", await seal(der, password)),
    publicKey: createPublicKey(privateKey).export({ format: "pem", type: "spki" }).toString(),
  };
}
