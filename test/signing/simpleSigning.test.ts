import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import type { SimpleLayer } from "../../src/signing/simpleSigning";
import { makeVerifier } from "../../src/signing/verifier";
import { DIGEST, KEY_KINDS, newSigner, OTHER, refuses } from "../support/signing/samples";
import { type SigstoreServices, startSigstore } from "../support/signing/sigstoreServices";
import { simpleByKey, simpleKeyless, simplePayload } from "../support/signing/simpleSamples";

const SIGNATURE = "dev.cosignproject.cosign/signature";
const LOG = "dev.sigstore.cosign/bundle";
const CERTIFICATE = "dev.sigstore.cosign/certificate";
const WHO = ["https://issuer.example.com", "https://github.com/company/repo"] as const;

const annotated = (layer: SimpleLayer, over: Record<string, string>): SimpleLayer => ({
  ...layer,
  annotations: { ...layer.annotations, ...over },
});

describe("signing/simpleSigning by a key", () => {
  const key = KEY_KINDS["P-256"]?.() ?? "";
  const trusted = [{ key: createPublicKey(key).export({ format: "pem", type: "spki" }).toString() }];
  const verify = (layer: SimpleLayer): Promise<unknown> => makeVerifier().verifySimpleSigning(layer, trusted);

  it("verifySimpleSigning finds digest and key", async () => {
    const { digest, signer } = await makeVerifier().verifySimpleSigning(
      simpleByKey(key, simplePayload(DIGEST)),
      trusted,
    );
    assert.equal(digest, DIGEST);
    assert.ok("keyFingerprint" in signer);
  });

  it("verifySimpleSigning refuses another key", async () => {
    const other = await newSigner();
    await refuses(
      () => makeVerifier().verifySimpleSigning(simpleByKey(key, simplePayload(DIGEST)), [{ key: other.publicKey }]),
      "SIGNATURE_INVALID",
      new RegExp(`expected: ${other.name}`),
    );
  });

  it("verifySimpleSigning refuses a payload that was changed", async () => {
    const layer = { ...simpleByKey(key, simplePayload(DIGEST)), payload: simplePayload(OTHER) };
    await refuses(() => verify(layer), "SIGNATURE_INVALID", /or of another content/);
  });

  for (const [what, payload, why] of [
    ["another type", simplePayload(DIGEST, { type: "atomic container signature" }), /critical\.type/],
    ["no digest", simplePayload("latest"), /"latest" is no digest/],
    ["no JSON", Buffer.from("sha256:"), /not JSON/],
  ] as const) {
    it(`verifySimpleSigning refuses a signed payload with ${what}`, async () => {
      await refuses(() => verify(simpleByKey(key, payload)), "SIGNATURE_INVALID", why);
    });
  }

  for (const [what, text] of [
    ["none", ""],
    ["no base64", "***"],
    ["a huge one", "A".repeat(5000)],
  ] as const) {
    it(`verifySimpleSigning refuses a signature that is ${what}`, async () => {
      const layer = annotated(simpleByKey(key, simplePayload(DIGEST)), { [SIGNATURE]: text });
      await refuses(() => verify(layer), "SIGNATURE_INVALID", /is no signature in base64/);
    });
  }
});

describe("signing/simpleSigning by an identity", function () {
  this.timeout(30_000);
  let services: SigstoreServices;
  let layer: SimpleLayer;
  const trusted = [{ issuer: WHO[0], subject: WHO[1] }];
  const verify = (one: SimpleLayer): Promise<{ at?: Date; signer: object }> =>
    makeVerifier({ trustedRoot: services.trustedRoot }).verifySimpleSigning(one, trusted);

  before(async () => {
    services = await startSigstore();
    layer = await simpleKeyless(services, WHO, simplePayload(DIGEST));
  });
  after(() => services.stop());

  it("verifySimpleSigning finds identity and time by certificate and log entry", async () => {
    const { signer, at } = await verify(layer);
    assert.deepEqual(signer, { issuer: WHO[0], subject: WHO[1] });
    assert.ok(at && Math.abs(Date.now() - at.getTime()) < 60_000);
  });

  it("verifySimpleSigning takes a time stamp where the root names no log", async () => {
    const without = await startSigstore({ withoutLog: true });
    try {
      const stamped = await simpleKeyless(without, WHO, simplePayload(DIGEST), { witness: "tsa" });
      const { at } = await makeVerifier({ trustedRoot: without.trustedRoot }).verifySimpleSigning(stamped, trusted);
      assert.ok(at);
    } finally {
      await without.stop();
    }
  });

  it("verifySimpleSigning refuses an identity that only begins like the trusted one", async () => {
    const evil = await simpleKeyless(services, [WHO[0], `${WHO[1]}-evil`], simplePayload(DIGEST));
    await refuses(() => verify(evil), "SIGNATURE_INVALID", /names identity ".*-evil"/);
  });

  it("verifySimpleSigning refuses a swapped certificate", async () => {
    const evil = await simpleKeyless(services, [WHO[0], `${WHO[1]}-evil`], simplePayload(OTHER));
    const stolen = annotated(evil, { [CERTIFICATE]: layer.annotations[CERTIFICATE] ?? "" });
    await refuses(() => verify(stolen), "SIGNATURE_INVALID", /does not verify/);
  });

  it("verifySimpleSigning refuses a log entry of another signature", async () => {
    const other = await simpleKeyless(services, WHO, simplePayload(DIGEST));
    const mixed = annotated(layer, { [LOG]: other.annotations[LOG] ?? "" });
    await refuses(() => verify(mixed), "SIGNATURE_INVALID", /does not verify: "signature mismatch"/);
  });

  it("verifySimpleSigning refuses a log entry whose time was changed", async () => {
    const log = (layer.annotations[LOG] ?? "").replace(/"integratedTime":(\d+)/, (_, time) => {
      return `"integratedTime":${Number(time) + 1}`;
    });
    await refuses(() => verify(annotated(layer, { [LOG]: log })), "SIGNATURE_INVALID", /inclusion promise/);
  });

  for (const [what, over] of [
    ["a log entry that is no JSON", { [LOG]: "{" }],
    ["a log entry with text for a time", { [LOG]: '{"SignedEntryTimestamp":"AA==","Payload":{"integratedTime":"1"}}' }],
    ["a certificate that is none", { [CERTIFICATE]: "-----BEGIN CERTIFICATE-----" }],
    ["a certificate of megabytes", { [CERTIFICATE]: "A".repeat(2 * 1024 * 1024) }],
  ] as const) {
    it(`verifySimpleSigning refuses ${what}`, async () => {
      await refuses(() => verify(annotated(layer, over)), "SIGNATURE_INVALID", /is unreadable/);
    });
  }

  it("verifySimpleSigning refuses a certificate without log entry and time stamp", async () => {
    const annotations = Object.fromEntries(Object.entries(layer.annotations).filter(([name]) => name !== LOG));
    await refuses(() => verify({ ...layer, annotations }), "SIGNATURE_INVALID", /expected 1 timestamps, got 0/);
  });
});
