import assert from "node:assert/strict";
import { attachArtifact } from "../../src/oci/artifact";
import type { Resolved } from "../../src/oci/imageStore";
import { bundleArtifact } from "../../src/signing/bundle";
import { signImage } from "../../src/signing/keySigner";
import { keylessSigner } from "../../src/signing/keylessSigner";
import { signStatementOf } from "../../src/signing/statement";
import { COSIGN_SIGN } from "../../src/signing/types";
import { makeVerifier } from "../../src/signing/verifier";
import { MemoryStore } from "../support/signing/memoryStore";
import { newSigner } from "../support/signing/samples";
import { identityToken, startSigstore } from "../support/signing/sigstoreServices";

describe("signing/signImage", () => {
  let store: MemoryStore;
  let image: Resolved;
  beforeEach(() => {
    store = new MemoryStore();
    image = store.putImage("one");
  });
  const attach = (bundle: Buffer) => attachArtifact(store, bundleArtifact(bundle, COSIGN_SIGN), image);

  it("bundleArtifact writes the manifest that Cosign writes, and twice is once", async () => {
    const bundle = Buffer.from("{}\n");
    const descriptor = await attach(bundle);
    assert.deepEqual(await attach(bundle), descriptor);
    const manifest = JSON.parse((await store.manifest(descriptor.digest)).bytes.toString()) as Record<string, unknown>;
    assert.equal(manifest.artifactType, "application/vnd.dev.sigstore.bundle.v0.3+json");
    assert.deepEqual(manifest.subject, image);
    assert.deepEqual(manifest.annotations, {
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": COSIGN_SIGN,
    });
    assert.deepEqual(await store.referrers(image.digest), [descriptor]);
  });

  it("bundleArtifact writes a time only where it is given", () => {
    const created = "2026-01-02T03:04:05Z";
    const { annotations } = bundleArtifact(Buffer.from("{}"), COSIGN_SIGN, created);
    assert.equal(annotations?.["org.opencontainers.image.created"], created);
  });

  it("signImage signs once with the same key, and again with another", async () => {
    const [one, two] = [await newSigner(), await newSigner()];
    const { descriptor: first } = await signImage(store, image, one);
    assert.equal((await signImage(store, image, one)).descriptor.digest, first.digest);
    assert.notEqual((await signImage(store, image, two)).descriptor.digest, first.digest);
    assert.equal((await store.referrers(image.digest)).length, 2);
  });

  it("signImage signs anew where the key signed another image only", async () => {
    const signer = await newSigner();
    const other = store.putImage("two");
    await attach(await signer.signStatement(signStatementOf(other.digest)));
    await signImage(store, image, signer);
    assert.equal((await store.referrers(image.digest)).length, 2);
  });

  it("signImage by an identity adds nothing where a known signature is there", async () => {
    const { url, trustedRoot, asked, stop } = await startSigstore();
    try {
      const [issuer, subject] = ["https://issuer.example.com", "https://github.com/company/repo"];
      const token = (): Promise<string> => Promise.resolve(identityToken(issuer, subject));
      const signer = keylessSigner({ fulcioURL: url, rekorURL: url, identityToken: token });
      const known = { verifier: makeVerifier({ trustedRoot }), trusted: [{ issuer, subject }] };
      const { descriptor: first } = await signImage(store, image, signer, known);
      assert.equal((await signImage(store, image, signer, known)).descriptor.digest, first.digest);
      assert.equal(asked.get("/api/v2/signingCert"), 1);
    } finally {
      await stop();
    }
  });
});
