import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { makeVerifier } from "../../src/signing/verifier";
import { ISSUER, signAs, SUBJECT } from "../support/signing/identities";
import { changed, type LooseBundle, refuses } from "../support/signing/samples";
import { type CertificateExtension, startSigstore } from "../support/signing/sigstoreServices";

const OID = "1.3.6.1.4.1.57264.1";
const escaped = (text: string): string => text.replace(/[.]/g, "\\.");
const TRUSTED = { issuer: ISSUER, subject: SUBJECT, events: ["push"], sourceRepositoryId: "4711" };

type Distort = (extensions: readonly CertificateExtension[]) => CertificateExtension[];

/** Signs under a certificate with those extensions, and verifies it. */
async function signedUnder(distort: Distort, change = (bundle: Buffer): Buffer => bundle): Promise<unknown> {
  const services = await startSigstore({ distort });
  try {
    const bundle = change(await signAs(services, SUBJECT));
    return await makeVerifier({ trustedRoot: services.trustedRoot }).verifyBundle(bundle, [TRUSTED]);
  } finally {
    await services.stop();
  }
}

const without =
  (number: number): Distort =>
  (extensions) =>
    extensions.filter(({ oid }) => oid !== `${OID}.${number}`);
const instead =
  (number: number, value: string, more: Partial<CertificateExtension> = {}): Distort =>
  (extensions) =>
    extensions.map((one) => (one.oid === `${OID}.${number}` ? { ...one, value, ...more } : one));
/** The bytes of the text, one each, with nothing around them. */
const bare = (number: number, value: string): Distort =>
  instead(number, Buffer.from(value, "latin1") as unknown as string, { legacy: true });
const beside =
  (number: number, value: string): Distort =>
  (extensions) => [...extensions, { oid: `${OID}.${number}`, value, legacy: number < 7 }];

/** A text as an ASN.1 string of that tag. */
const tagged = (tag: number, text: string): string => String.fromCharCode(tag, text.length) + text;

describe("signing/certificate", function () {
  this.timeout(30_000);

  it("verifyBundle takes a certificate without the deprecated extensions", () =>
    signedUnder((extensions) => extensions.filter(({ legacy }) => legacy !== true)));

  for (const [number, what] of [
    [12, "source repository"],
    [14, "source repository ref"],
    [15, "source repository identifier"],
    [20, "build trigger"],
  ] as const) {
    it(`verifyBundle refuses a certificate that does not say its ${what}`, () =>
      refuses(
        () => signedUnder(without(number)),
        "SIGNATURE_INVALID",
        new RegExp(`it does not say its ${what} \\(extension ${OID}\\.${number}\\); expected: identity`),
      ));
  }

  for (const [number, value] of [
    [12, "https://github.com/company/repo"],
    [14, "refs/heads/main"],
    [20, "push"],
    [8, ISSUER],
    [1, ISSUER],
  ] as const) {
    it(`verifyBundle refuses a certificate that has ${OID}.${number} twice, alike or not`, async () => {
      const twice = new RegExp(escaped(`extension ${OID}.${number} is there twice`));
      await refuses(() => signedUnder(beside(number, value)), "SIGNATURE_INVALID", twice);
      await refuses(() => signedUnder(beside(number, `${value}x`)), "SIGNATURE_INVALID", twice);
    });
  }

  for (const [now, old, value] of [
    [8, 1, "https://issuer.example.com"],
    [12, 5, "company/other"],
    [12, 5, "repo"],
    [14, 6, "refs/heads/evil"],
    [20, 2, "pull_request"],
  ] as const) {
    it(`verifyBundle refuses a certificate whose ${OID}.${old} is ${value}, against ${OID}.${now}`, () =>
      refuses(
        () => signedUnder(instead(old, value)),
        "SIGNATURE_INVALID",
        new RegExp(`extension ${OID}\\.${now} is ".*", and ${OID}\\.${old} says otherwise: "${value}"`),
      ));
  }

  for (const [what, value] of [
    ["raw, as the old ones are", "refs/heads/main"],
    ["as a PrintableString", tagged(0x13, "refs/heads/main")],
    ["as an IA5String", tagged(0x16, "refs/heads/main")],
    ["with bytes behind it", `${tagged(0x0c, "refs/heads/main")}x`],
    ["with two strings in it", tagged(0x0c, "refs/heads/main") + tagged(0x0c, "refs/heads/evil")],
    ["as an empty string", tagged(0x0c, "")],
    ["with a line end", tagged(0x0c, "refs/heads/main\n")],
    ["with a zero byte", tagged(0x0c, "refs/heads/main\0")],
    ["with nothing in it", ""],
    ["with a length in two bytes that fits into one", `\x0c\x81\x0frefs/heads/main`],
  ] as const) {
    it(`verifyBundle refuses a ref that is written ${what}`, () =>
      refuses(
        () => signedUnder(bare(14, value)),
        "SIGNATURE_INVALID",
        /the certificate is refused: (?:extension 1\.3\.6\.1\.4\.1\.57264\.1\.14 is unreadable|it is not written in DER)/,
      ));
  }

  it("verifyBundle refuses a certificate whose bytes were written in another way than they were signed", async () => {
    const longer = (bundle: Buffer): Buffer =>
      changed(bundle, (loose: LooseBundle) => {
        const { certificate } = loose.verificationMaterial;
        const der = Buffer.from(certificate?.rawBytes ?? "", "base64");
        assert.ok(new X509Certificate(der).subjectAltName?.includes("build-publish"));
        // The outermost length, in three bytes where two do.
        const rest = der.subarray(4);
        assert.equal(der[1], 0x82);
        const written = Buffer.concat([Buffer.from([0x30, 0x83, 0, der[2] ?? 0, der[3] ?? 0]), rest]);
        if (certificate) certificate.rawBytes = written.toString("base64");
      });
    await refuses(() => signedUnder((all) => [...all], longer), "SIGNATURE_INVALID", /it is not written in DER/);
  });
});
