import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { generateKeyPair, readPrivateKey } from "../../src/signing/privateKey";
import { KEY_KINDS, NO_PASSWORD, pem, refuses } from "../support/signing/samples";

const publicOf = (key: Parameters<typeof createPublicKey>[0]): string =>
  createPublicKey(key).export({ format: "pem", type: "spki" }).toString();

/** Changes the JSON inside of an encrypted key. */
function withJson(file: string, change: (json: Sealed) => void): Buffer {
  const [, type = "", body = ""] = /-----BEGIN (.+?)-----([^-]+)-----END/.exec(file) ?? [];
  const json = JSON.parse(Buffer.from(body, "base64").toString("utf8")) as Sealed;
  change(json);
  const text = Buffer.from(JSON.stringify(json)).toString("base64");
  return Buffer.from(`-----BEGIN ${type}-----\n${text}\n-----END ${type}-----\n`);
}

interface Sealed {
  kdf: { name: string; params: { N: number; r: number; p: number }; salt: string };
  cipher: { name: string; nonce: string };
  ciphertext: string;
}

describe("signing/keyFile", () => {
  it("generateKeyPair writes a pair that readPrivateKey opens with its password", async () => {
    const { privateKey, publicKey } = await generateKeyPair("correct horse");
    assert.match(privateKey, /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n(?:[A-Za-z0-9+/=]{1,64}\n)+-----END /);
    const key = await readPrivateKey(Buffer.from(privateKey), () => Promise.resolve("correct horse"));
    assert.equal(publicOf(key.export({ format: "pem", type: "pkcs8" })), publicKey);
  });

  it("generateKeyPair takes an empty password, and another one does not open the key", async () => {
    const { privateKey } = await generateKeyPair("");
    await readPrivateKey(Buffer.from(privateKey), () => "");
    await refuses(() => readPrivateKey(Buffer.from(privateKey), () => " "), "USAGE", /password does not open it/);
  });

  it("readPrivateKey reads the type that Cosign wrote before version 2", async () => {
    const { privateKey } = await generateKeyPair("pw");
    const older = privateKey.replaceAll("ENCRYPTED SIGSTORE", "ENCRYPTED COSIGN");
    assert.equal((await readPrivateKey(Buffer.from(older), () => "pw")).asymmetricKeyType, "ec");
  });

  for (const [kind, make] of Object.entries(KEY_KINDS)) {
    it(`readPrivateKey reads unencrypted PEM of ${kind} and asks for no password`, async () => {
      const text = make();
      const key = await readPrivateKey(Buffer.from(text), NO_PASSWORD);
      assert.equal(publicOf(key.export({ format: "pem", type: "pkcs8" })), publicOf(text));
    });
  }

  for (const [what, change] of [
    ["a cost of gigabytes", (json: Sealed) => (json.kdf.params.N = 2 ** 30)],
    ["a cost that is no power of two", (json: Sealed) => (json.kdf.params.N = 65537)],
    ["a huge block size", (json: Sealed) => (json.kdf.params.r = 2 ** 20)],
    ["a huge parallelism", (json: Sealed) => (json.kdf.params.p = 2 ** 20)],
    ["a weaker cost than Cosign ever wrote", (json: Sealed) => (json.kdf.params.N = 2)],
  ] as const) {
    it(`readPrivateKey refuses ${what} before it computes anything`, async () => {
      const { privateKey } = await generateKeyPair("pw");
      const started = process.hrtime.bigint();
      await refuses(
        () => readPrivateKey(withJson(privateKey, change), () => "pw"),
        "USAGE",
        /scrypt parameters N=\d+ r=\d+ p=\d+; allowed: N one of 32768, 65536, 131072/,
      );
      assert.ok(process.hrtime.bigint() - started < 1_000_000_000n);
    });
  }

  for (const [what, change, why] of [
    ["another derivation", (json: Sealed) => (json.kdf.name = "argon2id"), /kdf\.name/],
    ["another cipher", (json: Sealed) => (json.cipher.name = "aes"), /cipher\.name/],
    ["a short nonce", (json: Sealed) => (json.cipher.nonce = "AAAA"), /cipher\.nonce: wrong length/],
    ["a changed ciphertext", (json: Sealed) => (json.ciphertext = `AAAA${json.ciphertext.slice(4)}`), /does not open/],
  ] as const) {
    it(`readPrivateKey refuses ${what}`, async () => {
      const { privateKey } = await generateKeyPair("pw");
      await refuses(() => readPrivateKey(withJson(privateKey, change), () => "pw"), "USAGE", why);
    });
  }

  for (const [what, file, why] of [
    ["a public key", () => publicOf(KEY_KINDS["P-256"]?.() ?? ""), /PEM of type "PUBLIC KEY"/],
    ["no PEM", () => "secret-looking text", /no PEM/],
    ["an empty PEM body", () => "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", /no private key/],
    ["RSA of 1024 bits", () => pem(generateKeyPairSync("rsa", { modulusLength: 1024 })), /kind rsa is not taken/],
    ["another curve", () => pem(generateKeyPairSync("ec", { namedCurve: "secp256k1" })), /kind ec is not taken/],
    ["a key for agreement", () => pem(generateKeyPairSync("x25519")), /kind x25519 is not taken/],
    ["a megabyte", () => "x".repeat(2 ** 20), /1048576 bytes are no key/],
  ] as const) {
    it(`readPrivateKey refuses ${what} and shows nothing of it`, async () => {
      const text = file();
      await refuses(() => readPrivateKey(Buffer.from(text), NO_PASSWORD), "USAGE", why, /^(?!.*secret-looking)/s);
    });
  }
});
