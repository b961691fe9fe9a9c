import assert from "node:assert/strict";
import { counts, findRecords, recordArtifact } from "../../src/images/records";
import type { PublishRecord } from "../../src/images/recordSchemas";
import { attachArtifact } from "../../src/oci/artifact";
import { copyImage, copyThrottle } from "../../src/oci/copy/copyImage";
import { type LayoutStore, openLayout } from "../../src/oci/layout/layoutStore";
import { keySigner, type KeySigner } from "../../src/signing/keySigner";
import { generateKeyPair } from "../../src/signing/privateKey";
import { makeVerifier } from "../../src/signing/verifier";
import { image } from "../support/images/image";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { coded } from "../support/images/rejection";
import { workFolder } from "../support/images/workFolder";

const newSigner = async (): Promise<KeySigner> =>
  keySigner(Buffer.from((await generateKeyPair("x")).privateKey), () => "x");

describe("records", () => {
  const folder = workFolder();
  let store: LayoutStore;
  let subject: NonNullable<Awaited<ReturnType<LayoutStore["resolve"]>>>;
  let record: PublishRecord;
  const trust = { verifier: makeVerifier(), trusted: [] };

  beforeEach(async () => {
    await image(await LayoutBuilder.begin(folder("from")), { tag: "v1" });
    store = await openLayout(folder("to"), { create: true });
    await copyImage(await openLayout(folder("from")), store, "v1", { throttle: copyThrottle(), repository: "x" });
    const found = await (await openLayout(folder("from"))).resolve("v1");
    assert.ok(found);
    subject = found;
    record = {
      version: 1,
      ...{ stage: "qa", class: "secure", repository: "qa.example.com/orders/api", digest: subject.digest },
      build: {
        ...{ source: `https://example.com/${"x".repeat(1500)}`, commit: "0".repeat(40) },
        ...{ version: "v1.0.0", createdAt: "2026-01-01T00:00:00Z" },
      },
      ...{ tags: ["v1.0.0-qa"], scans: [], targets: ["qa"], publishedAt: "2026-01-02T00:00:00Z" },
    };
  });

  const attach = async (of: readonly ["publish", PublishRecord], signer: KeySigner | undefined) =>
    attachArtifact(store, await recordArtifact(store, subject, of, signer), subject);

  it("S1-7 recordArtifact gives what findRecords reads: what is signed where signers are named, what is not where nobody is", async () => {
    const signer = await newSigner();
    await attach(["publish", record], undefined);
    await attach(["publish", record], signer);
    const trusted = [{ key: signer.publicKey }];
    const refused: string[] = [];
    const onRefused = (why: string) => void refused.push(why);
    const signed = await findRecords(store, subject.digest, "publish", { ...trust, trusted, onRefused });
    assert.deepEqual(
      signed.map((found) => [found.record, found.signer !== undefined]),
      [[record, true]],
    );
    assert.match(refused.join("\n"), /a publish record that nobody signed counts for nothing where signers are named/);
    const unsigned = await findRecords(store, subject.digest, "publish", trust);
    assert.deepEqual(
      unsigned.map((found) => [found.record, found.signer !== undefined]),
      [
        [record, false],
        [record, false],
      ],
    );
  });

  it("recordArtifact refuses what its reader would not believe", async () => {
    const odd = { ...record, tags: Array.from({ length: 101 }, (_, at) => `t${at}`) };
    await assert.rejects(attach(["publish", odd], undefined), coded("CONTENT_INVALID", "tags"));
    assert.deepEqual(await store.referrers(subject.digest), []);
  });

  it("findRecords believes no record by a stranger, of another kind, or of another image", async () => {
    const [signer, stranger] = [await newSigner(), await newSigner()];
    await attach(["publish", record], stranger);
    const refused: string[] = [];
    const trusted = [{ key: signer.publicKey }];
    const options = { ...trust, trusted, onRefused: (why: string) => refused.push(why) };
    assert.deepEqual(await findRecords(store, subject.digest, "publish", options), []);
    assert.equal(refused.length, 1);
    const other = { ...record, digest: `sha256:${"a".repeat(64)}` as const };
    await attach(["publish", other], signer);
    assert.deepEqual(await findRecords(store, subject.digest, "publish", options), []);
    assert.deepEqual(await findRecords(store, subject.digest, "release", options), []);
  });

  it("counts is content with an unsigned record only where nobody signs", async () => {
    const signer = await newSigner();
    assert.equal(counts({}, undefined), true);
    assert.equal(counts({}, signer), false);
    assert.equal(counts({ signer: { keyFingerprint: "ab" } }, signer), true);
  });

  it("findRecords survives an attached file that is no record", async () => {
    const junk = { artifactType: "application/vnd.dual-registry.publish.v1+json", bytes: Buffer.from("{") };
    await attachArtifact(store, junk, subject);
    await attach(["publish", record], undefined);
    assert.equal((await findRecords(store, subject.digest, "publish", trust)).length, 1);
  });
});
