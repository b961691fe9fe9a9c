import assert from "node:assert/strict";
import { keylessSigner } from "../../src/signing/keylessSigner";
import { signStatementOf } from "../../src/signing/statement";
import { makeVerifier } from "../../src/signing/verifier";
import { ISSUER, signAs, SUBJECT } from "../support/signing/identities";
import { changed, DIGEST, refuses } from "../support/signing/samples";
import { identityToken, type SigstoreServices, startSigstore } from "../support/signing/sigstoreServices";

describe("signing/trustRoot of identities", function () {
  this.timeout(30_000);
  let services: SigstoreServices;
  let bundle: Buffer;
  const trusted = [{ issuer: ISSUER, subject: SUBJECT }];
  const verify = (
    bytes: Buffer,
    root = services.trustedRoot,
  ): ReturnType<ReturnType<typeof makeVerifier>["verifyBundle"]> =>
    makeVerifier({ trustedRoot: root }).verifyBundle(bytes, trusted);

  before(async () => {
    services = await startSigstore();
    bundle = await signAs(services, SUBJECT);
  });
  after(() => services.stop());

  it("verifyBundle refuses an authority that the trusted root does not name", async () => {
    const others = await startSigstore();
    try {
      const evil = await signAs(others, SUBJECT);
      await refuses(() => verify(evil), "SIGNATURE_INVALID", /does not verify: "Failed to verify certificate chain"/);
    } finally {
      await others.stop();
    }
  });

  it("verifyBundle refuses a bundle without log entry", async () => {
    const bare = changed(bundle, ({ verificationMaterial }) => delete verificationMaterial.tlogEntries);
    await refuses(() => verify(bare), "SIGNATURE_INVALID", /expected 1 timestamps, got 0/);
  });

  it("verifyBundle refuses a time that only the bundle claims", async () => {
    const bare = changed(
      bundle,
      ({ verificationMaterial: { tlogEntries } }) => delete tlogEntries?.[0]?.inclusionPromise,
    );
    await refuses(() => verify(bare), "SIGNATURE_INVALID", /expected 1 timestamps, got 0/);
  });

  it("verifyBundle refuses a certificate that had ended when the log saw it", async () => {
    const late = await startSigstore({ logClock: new Date(Date.now() + 3_600_000) });
    try {
      const bytes = await signAs(late, SUBJECT);
      await refuses(
        () => verify(bytes, late.trustedRoot),
        "SIGNATURE_INVALID",
        /certificate chain.*not valid or expired/,
      );
    } finally {
      await late.stop();
    }
  });

  it("verifyBundle refuses a certificate that the certificate log did not see", async () => {
    const secretive = await startSigstore({ secretive: true });
    try {
      const bytes = await signAs(secretive, SUBJECT);
      await refuses(() => verify(bytes, secretive.trustedRoot), "SIGNATURE_INVALID", /expected 1 SCTs, got 0/);
    } finally {
      await secretive.stop();
    }
  });

  it("verifyBundle gives the time stamp's time where the log promises none", async () => {
    const { url } = services;
    const token = (): Promise<string> => Promise.resolve(identityToken(ISSUER, SUBJECT));
    const signer = keylessSigner({ fulcioURL: url, rekorURL: url, tsaURL: url, identityToken: token });
    const both = await signer.signStatement(signStatementOf(DIGEST));
    const proven = changed(both, ({ verificationMaterial: { tlogEntries } }) => {
      delete tlogEntries?.[0]?.inclusionPromise;
      Object.assign(tlogEntries?.[0] ?? {}, { integratedTime: "1000000000" });
    });
    const { at } = await verify(proven);
    assert.ok(at && Math.abs(Date.now() - at.getTime()) < 60_000, String(at));
  });

  it("verifyBundle asks for the log where the root names one, and takes a time stamp alone where it names none", async () => {
    const stamped = await signAs(services, SUBJECT, { witness: "tsa" });
    await refuses(() => verify(stamped), "SIGNATURE_INVALID", /expected 1 tlog entries, got 0/);
    const without = await startSigstore({ withoutLog: true });
    try {
      const { at } = await verify(await signAs(without, SUBJECT, { witness: "tsa" }), without.trustedRoot);
      assert.ok(at && Math.abs(Date.now() - at.getTime()) < 60_000);
    } finally {
      await without.stop();
    }
  });

  for (const [what, root] of [
    ["not JSON", "{"],
    ["another JSON", "{}"],
  ] as const) {
    it(`verifyBundle refuses a trusted root that is ${what}`, async () => {
      await refuses(() => verify(bundle, Buffer.from(root)), "CONFIG_INVALID", /^Trusted root: /, /trusted_root\.json/);
    });
  }

  it("verifyBundle says where the public trusted root cannot be had, for trusted identities only", async () => {
    const verifier = makeVerifier({ tufCache: "/dev/null/no-folder" });
    await refuses(
      () => verifier.verifyBundle(bundle, trusted),
      "REGISTRY_UNAVAILABLE",
      /^Trusted root: cannot be had from https:.*trusted_root\.json/,
    );
    const others = [{ issuer: ISSUER, subject: SUBJECT.replace("company", "contoso") }];
    await refuses(() => verifier.verifyBundle(bundle, others), "SIGNATURE_INVALID");
  });
});
