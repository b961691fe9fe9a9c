import { randomBytes, scrypt } from "node:crypto";
import { createRequire } from "node:module";
import type * as Salsa from "@noble/ciphers/salsa";
import { z } from "zod";
import { DualRegistryError } from "../errors";

/** Loads a module when it is needed; `import()` would go past the loader that reads TypeScript. */
const load = createRequire(__filename);

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
  const { xsalsa20poly1305 } = load("@noble/ciphers/salsa") as typeof Salsa;
  return xsalsa20poly1305(key, nonce);
};

/**
 * Opens what Cosign keeps private keys in: JSON with scrypt's parameters and a NaCl secretbox.
 *
 * @throws DualRegistryError USAGE for another form, other parameters, or a wrong password
 */
export async function unseal(json: Buffer, password: string): Promise<Buffer> {
  let raw: unknown;
  try {
    raw = JSON.parse(json.toString("utf8"));
  } catch {
    return refuseEncryptedKey("its content is not JSON", "give the file as `cosign generate-key-pair` wrote it");
  }
  const read = sealed.safeParse(raw);
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
export async function seal(plain: Buffer, password: string): Promise<Buffer> {
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
