import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import type { KeySigner } from "../../src/signing/keySigner";
import { signStatementOf } from "../../src/signing/statement";
import { makeVerifier } from "../../src/signing/verifier";
import {
  changed,
  DIGEST,
  KEY_KINDS,
  type LooseBundle,
  newSigner,
  OTHER,
  refuses,
  signAnything,
} from "../support/signing/samples";

const statement = (over: object = {}): object => ({
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ digest: { sha256: DIGEST.slice(7) } }],
  predicateType: "https://example.com/p",
  predicate: {},
  ...over,
});

describe("signing/verifier with pinned keys", () => {
  const verifier = makeVerifier({ trustedRoot: Buffer.from("never read: keys need no root") });
  let signer: KeySigner;
  let bundle: Buffer;
  before(async () => {
    signer = await newSigner();
    bundle = await signer.signStatement(signStatementOf(DIGEST));
  });

  it("verifyBundle finds the signer among several, however its PEM is written", async () => {
    const other = await newSigner("Ed25519");
    const odd = `\n${signer.publicKey.replaceAll("\n", "\r\n")}\n\n`;
    const { signer: by } = await verifier.verifyBundle(bundle, [{ key: other.publicKey }, { key: odd }]);
    assert.deepEqual(by, { keyFingerprint: signer.name.replace("key sha256:", "") });
  });

  it("verifyBundle refuses another key and says who signed and who was expected", async () => {
    const other = await newSigner();
    await refuses(
      () => verifier.verifyBundle(bundle, [{ key: other.publicKey }, { issuer: "https://i", subject: "s" }]),
      "SIGNATURE_INVALID",
      new RegExp(`signed by ${signer.name}; expected: ${other.name} or identity "s" of issuer "https://i"`),
    );
  });

  it("verifyBundle refuses everybody where nobody is trusted", async () => {
    await refuses(() => verifier.verifyBundle(bundle, []), "SIGNATURE_INVALID", /nobody is trusted/);
  });

  it("verifyBundle refuses a payload that was changed", async () => {
    const other = changed(bundle, (loose) => {
      loose.dsseEnvelope.payload = signStatementOf(OTHER).toString("base64");
    });
    await refuses(
      () => verifier.verifyBundle(other, [{ key: signer.publicKey }]),
      "SIGNATURE_INVALID",
      new RegExp(`claims ${signer.name}.*changed`),
    );
  });

  it("verifyBundle refuses another's bundle that claims the trusted key by its hint", async () => {
    const other = await (await newSigner()).signStatement(signStatementOf(DIGEST));
    const { publicKey = { hint: "" } } = (JSON.parse(bundle.toString()) as LooseBundle).verificationMaterial;
    const claiming = changed(other, (loose) => (loose.verificationMaterial.publicKey = publicKey));
    await refuses(
      () => verifier.verifyBundle(claiming, [{ key: signer.publicKey }]),
      "SIGNATURE_INVALID",
      /claims key/,
    );
  });

  it("verifyBundle believes the key and not the hint", async () => {
    const wrong = changed(bundle, (loose) => (loose.verificationMaterial.publicKey = { hint: "AAAA" }));
    const { signer: by } = await verifier.verifyBundle(wrong, [{ key: signer.publicKey }]);
    assert.deepEqual(by, { keyFingerprint: signer.name.replace("key sha256:", "") });
  });

  for (const [what, change, why] of [
    ["an unknown version", { mediaType: "application/vnd.dev.sigstore.bundle.v0.4+json" }, /v0\.4.*allowed: versions/],
    ["no version", { mediaType: 3 }, /no mediaType/],
    ["no envelope", { dsseEnvelope: undefined }, /not a whole Sigstore bundle.*\(content\)/],
    ["an envelope that is text", { dsseEnvelope: "x" }, /not a whole Sigstore bundle/],
    ["no verification material", { verificationMaterial: undefined }, /verificationMaterial/],
  ] as const) {
    it(`verifyBundle refuses ${what}`, async () => {
      const other = changed(bundle, (loose) => Object.assign(loose, change));
      await refuses(() => verifier.verifyBundle(other, [{ key: signer.publicKey }]), "SIGNATURE_INVALID", why);
    });
  }

  it("verifyBundle refuses an envelope with a second signature", async () => {
    const two = changed(bundle, ({ dsseEnvelope: { signatures } }) => signatures.push(...signatures));
    await refuses(() => verifier.verifyBundle(two, [{ key: signer.publicKey }]), "SIGNATURE_INVALID", /signatures/);
  });

  it("verifyBundle refuses a bundle that signs bytes and no statement", async () => {
    const message = changed(bundle, (loose) =>
      Object.assign(loose, {
        dsseEnvelope: undefined,
        messageSignature: { messageDigest: { algorithm: "SHA2_256", digest: "AAAA" }, signature: "AAAA" },
      }),
    );
    await refuses(
      () => verifier.verifyBundle(message, [{ key: signer.publicKey }]),
      "SIGNATURE_INVALID",
      /no statement/,
    );
  });

  for (const [what, bytes, why] of [
    ["more than a mebibyte", Buffer.alloc(1024 * 1024 + 1, " "), /1048577 bytes; allowed: 1048576/],
    ["what is not JSON", Buffer.from("{"), /not JSON/],
    ["null", Buffer.from("null"), /no mediaType/],
    ["a deep nest", Buffer.from("[".repeat(400_000) + "]".repeat(400_000)), /no mediaType|not JSON/],
  ] as const) {
    it(`verifyBundle refuses ${what}`, async () => {
      await refuses(() => verifier.verifyBundle(bytes, [{ key: signer.publicKey }]), "SIGNATURE_INVALID", why);
    });
  }
});

describe("signing/verifier on what a trusted key signed", () => {
  const key = KEY_KINDS["P-256"]?.() ?? "";
  const trusted = [{ key: createPublicKey(key).export({ format: "pem", type: "spki" }).toString() }];
  const verify = (payload: string | Buffer, type?: string): Promise<unknown> =>
    makeVerifier().verifyBundle(signAnything(key, payload, type), trusted);

  it("verifyBundle takes a whole statement", async () => {
    await verify(JSON.stringify(statement()));
  });

  for (const [what, payload, why] of [
    ["a prototype key in the predicate", '{"__proto__": {"admin": true}}', /__proto__/],
    ["a prototype key deep inside", '{"a": [{"b": {"__proto__": 1}}]}', /__proto__/],
  ] as const) {
    it(`verifyBundle refuses ${what} and pollutes nothing`, async () => {
      const text = JSON.stringify(statement()).replace('"predicate":{}', `"predicate":${payload}`);
      await refuses(() => verify(text), "SIGNATURE_INVALID", why);
      assert.equal(Reflect.get({}, "admin"), undefined);
    });
  }

  it("verifyBundle refuses a prototype key as digest algorithm", async () => {
    const text = JSON.stringify(statement()).replace('"sha256"', '"__proto__"');
    await refuses(() => verify(text), "SIGNATURE_INVALID", /__proto__/);
  });

  for (const [what, over, why] of [
    ["no subject", { subject: [] }, /subject/],
    ["a subject without a digest", { subject: [{ name: "x" }] }, /subject\.0\.digest/],
    ["an older version", { _type: "https://in-toto.io/Statement/v0.1" }, /_type/],
    ["no predicate type", { predicateType: "" }, /predicateType/],
  ] as const) {
    it(`verifyBundle refuses a statement with ${what}`, async () => {
      await refuses(() => verify(JSON.stringify(statement(over))), "SIGNATURE_INVALID", /no in-toto statement/, why);
    });
  }

  for (const [what, payload] of [
    ["is not JSON", "hello"],
    ["is no UTF-8", Buffer.from([0x22, 0xff, 0x22])],
    ["is nested without end", "[".repeat(100_000) + "]".repeat(100_000)],
  ] as const) {
    it(`verifyBundle refuses a payload that ${what}`, async () => {
      await refuses(() => verify(payload), "SIGNATURE_INVALID", /no in-toto statement/);
    });
  }

  it("verifyBundle refuses another payload type, though the key signed it", async () => {
    const text = JSON.stringify(statement());
    await refuses(
      () => verify(text, "text/plain"),
      "SIGNATURE_INVALID",
      /"text\/plain"; allowed: application\/vnd\.in-toto/,
    );
  });

  for (const [what, pem, why] of [
    ["a private key", key, /private key stands where a public one belongs/],
    ["two keys", (trusted[0]?.key ?? "").repeat(2), /more than one PEM/],
    ["no PEM", "cosign.pub", /no PEM of a public key/],
    ["a broken PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", /holds no public key/],
  ] as const) {
    it(`verifyBundle refuses ${what} as trusted signer and shows nothing of it`, async () => {
      const bundle = signAnything(key, JSON.stringify(statement()));
      await refuses(
        () => makeVerifier().verifyBundle(bundle, [...trusted, { key: pem }]),
        "CONFIG_INVALID",
        /^Trusted signer 2: /,
        why,
        /^(?!.*BEGIN)/s,
      );
    });
  }
});
