import assert from "node:assert/strict";
import { createHash, createPublicKey } from "node:crypto";
import { isKeySigner, keySigner } from "../../src/signing/keySigner";
import { generateKeyPair } from "../../src/signing/privateKey";
import { signStatementOf } from "../../src/signing/statement";
import { makeVerifier } from "../../src/signing/verifier";
import { DIGEST, KEY_KINDS, type LooseBundle, newSigner } from "../support/signing/samples";

describe("signing/keySigner", () => {
  for (const kind of Object.keys(KEY_KINDS)) {
    it(`signStatement by ${kind} is verified by the public key alone`, async () => {
      const signer = await newSigner(kind);
      const bundle = await signer.signStatement(signStatementOf(DIGEST));
      const { statement, signer: by, at } = await makeVerifier().verifyBundle(bundle, [{ key: signer.publicKey }]);
      assert.deepEqual(statement.subject, [{ digest: { sha256: DIGEST.slice(7) } }]);
      assert.deepEqual(by, { keyFingerprint: signer.name.replace("key sha256:", "") });
      assert.equal(at, undefined);
    });
  }

  it("signStatement signs the bytes as they are and writes the hint that Cosign writes", async () => {
    const signer = await newSigner();
    const odd = Buffer.from(`${signStatementOf(DIGEST).toString("utf8")}\n  `);
    const bundle = JSON.parse((await signer.signStatement(odd)).toString("utf8")) as LooseBundle;
    const der = createPublicKey(signer.publicKey).export({ format: "der", type: "spki" });
    const hint = createHash("sha256").update(der).digest("base64");
    assert.equal(bundle.mediaType, "application/vnd.dev.sigstore.bundle.v0.3+json");
    assert.equal(bundle.verificationMaterial.publicKey?.hint, hint);
    assert.equal(bundle.dsseEnvelope.signatures[0]?.keyid, undefined, "Cosign refuses a key id that is not its own");
    assert.equal(bundle.dsseEnvelope.payload, odd.toString("base64"));
  });

  it("keySigner names the fingerprint, never the key, and asks for the password once", async () => {
    const { privateKey, publicKey } = await generateKeyPair("pw");
    let asked = 0;
    const signer = await keySigner(Buffer.from(privateKey), () => {
      asked += 1;
      return "pw";
    });
    await signer.signStatement(signStatementOf(DIGEST));
    await signer.signStatement(signStatementOf(DIGEST));
    assert.equal(asked, 1);
    assert.match(signer.name, /^key sha256:[0-9a-f]{64}$/);
    assert.equal(signer.publicKey, publicKey);
    assert.ok(isKeySigner(signer));
    assert.doesNotMatch(JSON.stringify(signer), /PRIVATE/);
  });
});
