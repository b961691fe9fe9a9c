import assert from "node:assert/strict";
import { signStatementOf } from "../../src/signing/statement";
import { makeVerifier } from "../../src/signing/verifier";
import { ISSUER, signAs, SUBJECT } from "../support/signing/identities";
import { changed, DIGEST, type LooseBundle, newSigner, OTHER, refuses } from "../support/signing/samples";
import { type SigstoreServices, startSigstore } from "../support/signing/sigstoreServices";

const certificateOf = (bundle: Buffer): string | undefined =>
  (JSON.parse(bundle.toString()) as LooseBundle).verificationMaterial.certificate?.rawBytes;

describe("signing/verifier with identities", function () {
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

  it("verifyBundle finds identity and time of the log", async () => {
    const { signer, at, statement } = await verify(bundle);
    const run = { sourceRepository: "https://github.com/company/repo", sourceRef: "refs/heads/main", event: "push" };
    assert.deepEqual(signer, { issuer: ISSUER, subject: SUBJECT, sourceRepositoryId: "4711", ...run });
    assert.ok(at && Math.abs(Date.now() - at.getTime()) < 60_000);
    assert.deepEqual(statement.subject, [{ digest: { sha256: DIGEST.slice(7) } }]);
  });

  for (const [what, subject] of [
    ["a suffix", `${SUBJECT}-evil`],
    ["a longer path", `${SUBJECT}/x`],
    ["a shorter one", SUBJECT.slice(0, -1)],
    ["other letters", SUBJECT.toUpperCase()],
    ["the trusted one inside of it", `https://evil.example.com/?${SUBJECT}`],
    ["a dot's stand-in", "https://githubXcom/company/repo"],
  ] as const) {
    it(`verifyBundle refuses a subject with ${what}`, async () => {
      const evil = await signAs(services, subject);
      await refuses(() => verify(evil), "SIGNATURE_INVALID", /the certificate names identity .*; expected: identity/);
    });
  }

  it("verifyBundle refuses the right subject of another issuer", async () => {
    const evil = await signAs(services, SUBJECT, { issuer: `${ISSUER}.evil.example.com` });
    await refuses(() => verify(evil), "SIGNATURE_INVALID", /evil\.example\.com/);
  });

  it("verifyBundle refuses a subject that is no plain ASCII", async () => {
    const subject = "https://github.com/company/rep\u00ef";
    const odd = await signAs(services, subject);
    await refuses(() => verify(odd), "SIGNATURE_INVALID", /names no single subject/);
  });

  it("verifyBundle refuses a swapped certificate", async () => {
    const other = await signAs(services, `${SUBJECT}-evil`);
    const stolen = changed(other, (loose) => {
      loose.verificationMaterial.certificate = { rawBytes: certificateOf(bundle) ?? "" };
    });
    await refuses(() => verify(stolen), "SIGNATURE_INVALID", /does not verify: "signature verification failed"/);
  });

  it("verifyBundle refuses a payload that was changed", async () => {
    const other = changed(bundle, (loose) => {
      loose.dsseEnvelope.payload = signStatementOf(OTHER).toString("base64");
    });
    await refuses(() => verify(other), "SIGNATURE_INVALID", /does not verify/);
  });

  it("verifyBundle refuses the log entry of another signature", async () => {
    const other = JSON.parse((await signAs(services, SUBJECT)).toString()) as LooseBundle;
    const swapped = changed(bundle, ({ verificationMaterial }) =>
      Object.assign(verificationMaterial, { tlogEntries: other.verificationMaterial.tlogEntries }),
    );
    await refuses(() => verify(swapped), "SIGNATURE_INVALID", /does not verify/);
  });

  it("verifyBundle refuses thousands of log entries before it compares them", async () => {
    const many = changed(bundle, ({ verificationMaterial: { tlogEntries } }) => {
      const entry = { logId: { keyId: "AAAA" }, kindVersion: {}, integratedTime: "1", inclusionPromise: {} };
      const proof = { inclusionProof: { checkpoint: {} } };
      for (let count = 1; count < 4000; count += 1) tlogEntries?.push({ ...entry, ...proof, logIndex: `${count}` });
    });
    await refuses(() => verify(many), "SIGNATURE_INVALID", /4000 log entries or time stamps; allowed: 16/);
  });

  it("verifyBundle refuses an identity where only a key is trusted, and a key where only an identity is", async () => {
    const signer = await newSigner();
    const verifier = makeVerifier({ trustedRoot: services.trustedRoot });
    await refuses(
      () => verifier.verifyBundle(bundle, [{ key: signer.publicKey }]),
      "SIGNATURE_INVALID",
      /names identity .*; expected: key sha256:/,
    );
    const byKey = await signer.signStatement(signStatementOf(DIGEST));
    await refuses(() => verifier.verifyBundle(byKey, trusted), "SIGNATURE_INVALID", /signed by key sha256:.*identity/);
  });
});
