import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { DualRegistryError } from "../../src/base/errors";
import { attachArtifact } from "../../src/oci/artifact";
import type { Resolved } from "../../src/oci/imageStore";
import { bundleArtifact, readBundles } from "../../src/signing/bundle";
import { keySigner, type KeySigner, signImage } from "../../src/signing/keySigner";
import { readSimpleSignatures } from "../../src/signing/simpleSigning";
import { signStatementOf } from "../../src/signing/statement";
import { BUNDLE_TYPE, COSIGN_SIGN } from "../../src/signing/types";
import { makeVerifier } from "../../src/signing/verifier";
import { type SignatureFinding, verifyImage } from "../../src/signing/verifyImage";
import { MemoryStore } from "../support/signing/memoryStore";
import { all, KEY_KINDS, newSigner, NO_PASSWORD, OTHER, refuses } from "../support/signing/samples";
import { putSimple, simpleByKey, simplePayload } from "../support/signing/simpleSamples";

describe("signing/verifyImage", () => {
  const key = KEY_KINDS["P-256"]?.() ?? "";
  const publicKey = createPublicKey(key).export({ format: "pem", type: "spki" }).toString();
  let signer: KeySigner;
  let store: MemoryStore;
  let image: Resolved;
  const verify = (): Promise<SignatureFinding> =>
    verifyImage(store, image.digest, [{ key: publicKey }], makeVerifier());

  beforeEach(async () => {
    signer = await keySigner(Buffer.from(key), NO_PASSWORD);
    store = new MemoryStore();
    image = store.putImage("one");
  });

  it("verifyImage finds a bundle, its signer and what holds it", async () => {
    const { descriptor } = await signImage(store, image, signer);
    const found = await verify();
    assert.equal(found.form, "bundle");
    assert.equal(found.digest, image.digest);
    assert.equal(found.descriptor.digest, descriptor.digest);
    assert.deepEqual(found.signer, { keyFingerprint: signer.name.replace("key sha256:", "") });
  });

  it("verifyImage finds a signature of the older form", async () => {
    putSimple(store, image.digest, [simpleByKey(key, simplePayload(image.digest))]);
    assert.equal((await verify()).form, "simple");
  });

  it("verifyImage finds the one that counts among those that do not", async () => {
    const other = await newSigner();
    await signImage(store, image, other);
    await attachArtifact(store, bundleArtifact(Buffer.from("{"), COSIGN_SIGN), image);
    putSimple(store, image.digest, [
      simpleByKey(KEY_KINDS["P-256"]?.() ?? "", simplePayload(image.digest)),
      simpleByKey(key, simplePayload(OTHER)),
      simpleByKey(key, simplePayload(image.digest)),
    ]);
    assert.equal((await verify()).form, "simple");
  });

  it("verifyImage refuses an image that nobody signed", async () => {
    await refuses(
      verify,
      "SIGNATURE_INVALID",
      new RegExp(`@${image.digest}: it is not signed; expected: ${signer.name}`),
    );
  });

  it("verifyImage refuses a bundle of another digest that hangs at this one", async () => {
    const other = store.putImage("two");
    await attachArtifact(
      store,
      bundleArtifact(await signer.signStatement(signStatementOf(other.digest)), COSIGN_SIGN),
      image,
    );
    await refuses(verify, "SIGNATURE_INVALID", /none of 1 signatures counts/, /it is about another digest/);
  });

  it("verifyImage refuses an older signature of another digest under this one's tag", async () => {
    putSimple(store, image.digest, [simpleByKey(key, simplePayload(OTHER))]);
    await refuses(verify, "SIGNATURE_INVALID", new RegExp(`it is about ${OTHER}`));
  });

  for (const annotation of [COSIGN_SIGN, undefined]) {
    it(`verifyImage refuses another statement about it by a trusted signer, its manifest saying ${annotation}`, async () => {
      const text = signStatementOf(image.digest).toString().replace(COSIGN_SIGN, "https://example.com/vulnerable");
      const layer = store.putBlob(BUNDLE_TYPE, await signer.signStatement(Buffer.from(text)));
      const annotations = annotation && { "dev.sigstore.bundle.predicateType": annotation };
      store.putManifest({ artifactType: BUNDLE_TYPE, config: layer, layers: [layer], subject: image, annotations });
      await refuses(verify, "SIGNATURE_INVALID", /it says "https:\/\/example\.com\/vulnerable" of the image/);
    });
  }

  it("verifyImage says of each signature why it does not count", async () => {
    const [one, two] = [await newSigner(), await newSigner("Ed25519")];
    await signImage(store, image, one);
    await signImage(store, image, two);
    await attachArtifact(store, bundleArtifact(Buffer.alloc(1024 * 1024 + 1, "x"), COSIGN_SIGN), image);
    store.putManifest({ artifactType: BUNDLE_TYPE, config: image, layers: [], subject: image });
    const layer = store.putBlob(BUNDLE_TYPE, await one.signStatement(signStatementOf(image.digest)));
    store.putManifest({ artifactType: BUNDLE_TYPE, config: layer, layers: [layer, layer], subject: image });
    await refuses(
      verify,
      "SIGNATURE_INVALID",
      /none of 5 signatures counts/,
      new RegExp(`signed by ${one.name}`),
      new RegExp(`signed by ${two.name}`),
      /a bundle of 1048577 bytes; allowed: 1048576/,
      /0 layers; allowed: one/,
      /2 layers; allowed: one/,
    );
  });

  it("verifyImage looks at no more than a hundred signatures and says so", async () => {
    for (let count = 0; count < 130; count += 1) {
      await attachArtifact(store, bundleArtifact(Buffer.from(JSON.stringify({ count })), COSIGN_SIGN), image);
    }
    putSimple(store, image.digest, [simpleByKey(key, simplePayload(image.digest))]);
    let opened = 0;
    const blob = store.blob.bind(store);
    store.blob = (descriptor) => {
      opened += 1;
      return blob(descriptor);
    };
    assert.equal((await all(readBundles(store, image.digest))).length, 100);
    opened = 0;
    await refuses(verify, "SIGNATURE_INVALID", /none of 100 signatures counts/, /and 80 more/, /more than 100/);
    assert.ok(opened <= 101, `${opened} opened`);
  });

  it("verifyImage hands on what the store answers", async () => {
    await signImage(store, image, signer);
    store.blob = () => Promise.reject(new DualRegistryError("REGISTRY_UNAVAILABLE", "registry.example.com: no answer"));
    await refuses(verify, "REGISTRY_UNAVAILABLE", /no answer/);
  });

  it("readBundles reads what lists no type, leaves out other predicates and other artifacts", async () => {
    const kept = await attachArtifact(store, bundleArtifact(Buffer.from("kept"), COSIGN_SIGN), image);
    await attachArtifact(store, bundleArtifact(Buffer.from("other"), "https://example.com/p"), image);
    const sbom = store.putBlob("text/spdx", Buffer.from("sbom"));
    store.putManifest({ artifactType: "text/spdx", config: sbom, layers: [sbom], subject: image });
    const referrers = store.referrers.bind(store);
    store.referrers = async (digest) =>
      (await referrers(digest)).map(({ mediaType, digest: of, size }) => ({ mediaType, digest: of, size }));
    const read = await all(readBundles(store, image.digest, COSIGN_SIGN));
    assert.deepEqual(
      read.map(({ descriptor, bundle }) => [descriptor.digest, bundle.toString()]),
      [[kept.digest, "kept"]],
    );
  });

  it("readSimpleSignatures leaves out what is too large", async () => {
    const annotations = { "dev.cosignproject.cosign/signature": "AAAA" };
    putSimple(store, image.digest, [
      { payload: Buffer.alloc(64 * 1024 + 1), annotations },
      { payload: Buffer.from("small"), annotations },
    ]);
    const read = await all(readSimpleSignatures(store, image.digest));
    assert.deepEqual(
      read.map(({ payload }) => payload.toString()),
      ["small"],
    );
  });

  it("readSimpleSignatures reads no more than a hundred", async () => {
    const payloads = Array.from({ length: 130 }, (_, index) => Buffer.from(`payload ${index}`));
    putSimple(
      store,
      image.digest,
      payloads.map((payload) => simpleByKey(key, payload)),
    );
    assert.equal((await all(readSimpleSignatures(store, image.digest))).length, 100);
  });
});
