import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAX_SIGN_OFFS, signOffsFromFile } from "../../../src/images/gates/signOffFile";
import type { SignOffs } from "../../../src/domain/flow/signOffs";
import { PREDICATES } from "../../../src/images/recordSchemas";
import type { KeySigner } from "../../../src/signing/keySigner";
import { makeVerifier } from "../../../src/signing/verifier";
import { changed, DIGEST, newSigner, OTHER, refuses } from "../../support/signing/samples";

const COMMIT = "3f2a9c1d5e7b8a6f4c2d1e0f9a8b7c6d5e4f3a2b";
const SIGN_OFFS: SignOffs = {
  from: "qa",
  to: "uat",
  repository: "orders/api",
  digest: DIGEST,
  version: "v1.2.3",
  commit: COMMIT,
  authors: ["writer"],
  expires: "2099-01-01T00:00:00.000Z",
  approvals: [{ role: "qa", by: "qa-lead", at: "2026-11-21T08:00:00Z", commit: COMMIT, digest: DIGEST }],
};
const WANTED = { repository: "orders/api", digest: DIGEST, to: "uat" } as const;
const statement = (over: object = {}, predicate: unknown = SIGN_OFFS): Buffer =>
  Buffer.from(
    JSON.stringify({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ digest: { sha256: DIGEST.slice(7) } }],
      predicateType: PREDICATES.signOffs,
      predicate,
      ...over,
    }),
  );

describe("signOffsFromFile", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-signoffs-"));
  const file = join(folder, "sign-offs.json");
  const verifier = makeVerifier({ trustedRoot: Buffer.from("never read: keys need no root") });
  let signer: KeySigner;
  before(async () => {
    signer = await newSigner();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const read = (
    bytes: Buffer | string,
    key = signer.publicKey,
    wanted: Parameters<ReturnType<typeof signOffsFromFile>>[0] = WANTED,
  ) => {
    writeFileSync(file, bytes);
    return signOffsFromFile(file, [{ key }], verifier)(wanted);
  };

  it("S2-7 S0-20 signOffsFromFile reads sign-offs that a trusted key has signed", async () => {
    const utc = SIGN_OFFS.approvals.map((approval) => ({ ...approval, at: new Date(approval.at).toISOString() }));
    assert.deepEqual(await read(await signer.signStatement(statement())), { ...SIGN_OFFS, approvals: utc });
  });

  it("signOffsFromFile refuses bare JSON, whatever it says, and says what to do", () =>
    refuses(() => read(JSON.stringify(SIGN_OFFS)), "SIGNATURE_INVALID", /bare JSON/, /policies\.signOffs\.signers/));

  it("signOffsFromFile refuses a statement that nobody signed", () =>
    refuses(() => read(statement()), "SIGNATURE_INVALID", /bare JSON/));

  it("signOffsFromFile refuses another signer", async () => {
    const bundle = await signer.signStatement(statement());
    const other = await newSigner();
    await refuses(() => read(bundle, other.publicKey), "SIGNATURE_INVALID", /signed by key/);
  });

  it("signOffsFromFile refuses an approval that was added after signing", async () => {
    const bundle = await signer.signStatement(statement());
    const forged = changed(bundle, (loose) => {
      const inner = statement({}, { ...SIGN_OFFS, authors: [] });
      loose.dsseEnvelope.payload = inner.toString("base64");
    });
    await refuses(() => read(forged), "SIGNATURE_INVALID");
  });

  it("signOffsFromFile trusts nobody where nobody is named", async () => {
    writeFileSync(file, await signer.signStatement(statement()));
    await refuses(() => signOffsFromFile(file, [], verifier)(WANTED), "SIGNATURE_INVALID", /nobody is trusted/);
  });

  const REFUSED: readonly [string, Buffer, RegExp][] = [
    [
      "a statement of another type",
      statement({ predicateType: PREDICATES.release }),
      /of type "urn:dual-registry:release/,
    ],
    [
      "a statement about another image",
      statement({ subject: [{ digest: { sha256: OTHER.slice(7) } }] }),
      /is not about/,
    ],
    [
      "a statement about two images",
      statement({ subject: [{ digest: { sha256: DIGEST.slice(7) } }, { digest: { sha256: OTHER.slice(7) } }] }),
      /is not about/,
    ],
    ["sign-offs of another digest", statement({}, { ...SIGN_OFFS, digest: OTHER }), /signed for digest/],
    [
      "sign-offs of another repository",
      statement({}, { ...SIGN_OFFS, repository: "orders/web" }),
      /signed for repository/,
    ],
    ["sign-offs of another stage", statement({}, { ...SIGN_OFFS, to: "prod" }), /signed for to "prod"; wanted: "uat"/],
  ];
  for (const [title, payload, message] of REFUSED) {
    it(`signOffsFromFile refuses ${title}, though it is signed`, async () => {
      const bundle = await signer.signStatement(payload);
      await refuses(() => read(bundle), "SIGNATURE_INVALID", message);
    });
  }

  for (const [title, over, message] of [
    ["no approvals at all", { approvals: undefined }, /approvals/],
    ["a login with a trick in it", { authors: ["writer\u202e"] }, /authors\.0: allowed: a login/],
    ["a short commit", { commit: "3f2a9c1" }, /commit: allowed: a whole commit/],
  ] as const) {
    it(`signOffsFromFile refuses ${title}`, async () => {
      const bundle = await signer.signStatement(statement({}, { ...SIGN_OFFS, ...over }));
      await refuses(() => read(bundle), "CONTENT_INVALID", message);
    });
  }

  it("signOffsFromFile refuses a file that is too large or is not there", async () => {
    await refuses(() => read(Buffer.alloc(MAX_SIGN_OFFS + 1, "x")), "CONTENT_INVALID", /larger than allowed/);
    await refuses(() => signOffsFromFile(join(folder, "none"), [{ key: signer.publicKey }], verifier)(WANTED), "USAGE");
  });
});
