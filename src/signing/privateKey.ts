import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  scrypt,
} from "node:crypto";
import type * as Salsa from "@noble/ciphers/salsa";
import { z } from "zod";
import { decode } from "../base/decode/decode";
import { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
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

const KEY_BYTES = 32;
const NONCE_BYTES = 24;
/** What Cosign writes today. */
const COST = 65536;
/**
 * The costs (N of scrypt, with r = 8 and p = 1) that are computed; a file asking for others could cost any time and
 * memory. Source: go-securesystemslib, package encrypted: "legacy", "standard" and "OWASP" parameters.
 */
const COSTS: readonly number[] = [32768, COST, 131072];

const bytes = z.base64().transform((text) => Buffer.from(text, "base64"));
const sealed = z.object({
  kdf: z.object({
    name: z.literal("scrypt"),
    params: z.object({ N: z.number(), r: z.number(), p: z.number() }),
    salt: bytes,
  }),
  cipher: z.object({ name: z.literal("nacl/secretbox"), nonce: bytes }),
  ciphertext: bytes,
});

const refuseEncryptedKey = (why: string, what: string): never => {
  throw new DualRegistryError("USAGE", `Signing key: ${why}; ${what}`);
};

const derive = (password: string, salt: Buffer, N: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // scrypt wants 128 * N * r bytes; Node's own bound is less than even the smallest of the costs.
    scrypt(Buffer.from(password, "utf8"), salt, KEY_BYTES, { N, r: 8, p: 1, maxmem: 256 * N * 8 }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });

const secretbox = (key: Buffer, nonce: Buffer): ReturnType<typeof Salsa.xsalsa20poly1305> => {
  const { xsalsa20poly1305 } = loadPackage("@noble/ciphers/salsa");
  return xsalsa20poly1305(key, nonce);
};

/**
 * Opens what Cosign keeps private keys in: JSON with scrypt's parameters and a NaCl secretbox.
 *
 * @throws DualRegistryError USAGE for another form, other parameters, or a wrong password
 */
async function unseal(json: Buffer, password: string): Promise<Buffer> {
  let raw: unknown;
  try {
    raw = JSON.parse(json.toString("utf8"));
  } catch {
    return refuseEncryptedKey("its content is not JSON", "give the file as `cosign generate-key-pair` wrote it");
  }
  const read = decode(sealed, raw);
  if (!read.success) {
    const [issue] = read.error.issues;
    return refuseEncryptedKey(
      `${issue?.path.map(String).join(".") ?? "content"}: ${issue?.message ?? "unreadable"}`,
      "allowed: scrypt and nacl/secretbox, as Cosign writes them",
    );
  }
  const { kdf, cipher, ciphertext } = read.data;
  const { N, r, p } = kdf.params;
  if (!COSTS.includes(N) || r !== 8 || p !== 1) {
    return refuseEncryptedKey(
      `scrypt parameters N=${N} r=${r} p=${p}`,
      `allowed: N one of ${COSTS.join(", ")}, r=8, p=1`,
    );
  }
  if (cipher.nonce.length !== NONCE_BYTES)
    return refuseEncryptedKey("cipher.nonce: wrong length", `allowed: ${NONCE_BYTES} bytes`);
  const key = await derive(password, kdf.salt, N);
  try {
    return Buffer.from(secretbox(key, cipher.nonce).decrypt(ciphertext));
  } catch {
    return refuseEncryptedKey("the password does not open it", "give the one it was made with in COSIGN_PASSWORD");
  }
}

/** Seals bytes as Cosign seals private keys: what {@link unseal} opens. */
async function seal(plain: Buffer, password: string): Promise<Buffer> {
  const salt = randomBytes(32);
  const nonce = randomBytes(NONCE_BYTES);
  const ciphertext = secretbox(await derive(password, salt, COST), nonce).encrypt(plain);
  const json = {
    kdf: { name: "scrypt", params: { N: COST, r: 8, p: 1 }, salt: salt.toString("base64") },
    cipher: { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: Buffer.from(ciphertext).toString("base64"),
  };
  return Buffer.from(JSON.stringify(json));
}
