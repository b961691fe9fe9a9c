import assert from "node:assert/strict";
import type { Digest } from "../../../src/base/digest";
import { arrivalsAt, historyOf } from "../../../src/images/history";
import { findRecords, recordArtifact, statementOf } from "../../../src/images/records";
import { PREDICATES, type PublishRecord } from "../../../src/images/recordSchemas";
import { attachArtifact } from "../../../src/oci/artifact";
import { copyImage, copyThrottle, type LayoutStore, openLayout, type Resolved } from "../../../src/oci";
import { bundleArtifact, makeVerifier } from "../../../src/signing";
import type { KeySigner } from "../../../src/signing/keySigner";
import { image } from "../../support/images/image";
import { LayoutBuilder } from "../../support/images/layoutBuilder";
import { workFolder } from "../../support/images/workFolder";
import { changed, newSigner, OTHER, signAnything, KEY_KINDS } from "../../support/signing/samples";

const HERE = { stage: "qa", class: "secure", repository: "qa.example.com/orders/api" } as const;

describe("whoever may push to one registry, and attaches what was signed for something else", () => {
  const folder = workFolder();
  let store: LayoutStore;
  let subject: Resolved;
  let signer: KeySigner;
  beforeEach(async () => {
    await image(await LayoutBuilder.begin(folder("from")), { tag: "v1" });
    store = await openLayout(folder("to"), { create: true });
    const from = await openLayout(folder("from"));
    await copyImage(from, store, "v1", { throttle: copyThrottle(), repository: "x" });
    const found = await from.resolve("v1");
    assert.ok(found);
    subject = found;
    signer = await newSigner();
  });

  const record = (over: Partial<PublishRecord> = {}): PublishRecord => ({
    ...{ version: 1, ...HERE, digest: subject.digest, tags: ["v1.0.0-qa"], scans: [], targets: ["qa"] },
    build: {
      ...{ source: "https://github.com/company/orders", commit: "0".repeat(40) },
      ...{ version: "v1.0.0", createdAt: "2026-01-01T00:00:00Z" },
    },
    publishedAt: "2026-01-02T00:00:00Z",
    ...over,
  });
  const trust = (refused: string[] = []) => ({
    ...{ verifier: makeVerifier(), trusted: [{ key: signer.publicKey }] },
    onRefused: (why: string) => void refused.push(why),
  });
  const arrivals = async () => arrivalsAt(await historyOf(store, subject.digest, trust()), HERE);
  const attachRecord = async (over: Partial<PublishRecord> = {}) =>
    attachArtifact(store, await recordArtifact(store, subject, ["publish", record(over)], signer), subject);
  /** A bundle that says on the outside that it is a record. */
  const attachAs = (bundle: Buffer, predicate: string = PREDICATES.publish) =>
    attachArtifact(store, bundleArtifact(bundle, predicate), subject);

  it("arrives by its own record, signed by somebody trusted", async () => {
    await attachRecord();
    assert.equal((await arrivals()).length, 1);
  });

  for (const [what, over] of [
    ["another stage", { stage: "uat" }],
    ["another class", { class: "standard" }],
    ["another registry", { repository: "other.example.com/orders/api" }],
    ["another repository", { repository: "qa.example.com/orders/web" }],
    ["another image", { digest: OTHER }],
  ] as const) {
    it(`does not arrive by a record of ${what}`, async () => {
      await attachRecord(over);
      assert.deepEqual(await arrivals(), []);
    });
  }

  for (const kind of ["signOffs", "release"] as const) {
    it(`does not arrive by a statement of ${kind} that calls itself a publication on the outside`, async () => {
      await attachAs(await signer.signStatement(statementOf(subject.digest, "x", PREDICATES[kind], record())));
      assert.deepEqual(await arrivals(), []);
    });
  }

  it("does not arrive by a scan report that somebody trusted signed", async () => {
    const type = "https://cosign.sigstore.dev/attestation/vuln/v1";
    await attachAs(await signer.signStatement(statementOf(subject.digest, "x", type, record())));
    assert.deepEqual(await arrivals(), []);
  });

  it("does not arrive by a statement about another digest, whatever its predicate says (S2-12)", async () => {
    await attachAs(await signer.signStatement(statementOf(OTHER, "x", PREDICATES.publish, record())));
    assert.deepEqual(await arrivals(), []);
  });

  it("does not arrive by the same hexadecimal digits of another algorithm", async () => {
    const sha512: Digest = `sha512:${subject.digest.slice(7).repeat(2)}`;
    await attachAs(await signer.signStatement(statementOf(sha512, "x", PREDICATES.publish, record())));
    assert.deepEqual(await arrivals(), []);
  });

  it("does not arrive by a payload of another type, nor by one whose type was changed afterwards", async () => {
    const key = KEY_KINDS["P-256"]?.() ?? "";
    const statement = statementOf(subject.digest, "x", PREDICATES.publish, record());
    await attachAs(signAnything(key, statement, "application/json"));
    const signed = await signer.signStatement(statement);
    await attachAs(changed(signed, (loose) => void (loose.dsseEnvelope.payloadType = "application/json")));
    const refused: string[] = [];
    assert.deepEqual(await findRecords(store, subject.digest, "publish", trust(refused)), []);
    assert.equal(refused.filter((why) => /a payload of type "application\/json"/.test(why)).length, 2);
  });

  it("does not arrive by a second signature behind that of a stranger", async () => {
    const stranger = await newSigner();
    const statement = statementOf(subject.digest, "x", PREDICATES.publish, record());
    const [own, other] = await Promise.all([signer.signStatement(statement), stranger.signStatement(statement)]);
    const signature = (bundle: Buffer): string =>
      (JSON.parse(bundle.toString()) as { dsseEnvelope: { signatures: { sig: string }[] } }).dsseEnvelope.signatures[0]
        ?.sig ?? "";
    await attachAs(changed(other, (loose) => void loose.dsseEnvelope.signatures.push({ sig: signature(own) })));
    assert.deepEqual(await arrivals(), []);
  });
});
