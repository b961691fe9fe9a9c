import assert from "node:assert/strict";
import type { GitOpsException } from "../../src/domain/gitops";
import { acceptedEvidence, type EvidencePlace } from "../../src/gitops/evidence";
import { recordArtifact } from "../../src/images/records";
import type { PublishRecord, ReleaseRecord } from "../../src/images/recordSchemas";
import { attachArtifact } from "../../src/oci/artifact";
import { copyImage, copyThrottle } from "../../src/oci/copy/copyImage";
import { type LayoutStore, openLayout } from "../../src/oci/layout/layoutStore";
import { keySigner, type KeySigner } from "../../src/signing/keySigner";
import { generateKeyPair } from "../../src/signing/privateKey";
import { makeVerifier } from "../../src/signing/verifier";
import { image } from "../support/images/image";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { workFolder } from "../support/images/workFolder";

const NOW = new Date("2026-11-20T08:00:00Z");
const COMMIT = "0".repeat(40);

describe("acceptedEvidence", () => {
  const folder = workFolder();
  let [signer, stranger]: KeySigner[] = [];
  let store: LayoutStore;
  let subject: NonNullable<Awaited<ReturnType<LayoutStore["resolve"]>>>;

  before(async () => {
    const pairs = await Promise.all([generateKeyPair("x"), generateKeyPair("x")]);
    [signer, stranger] = await Promise.all(pairs.map((pair) => keySigner(Buffer.from(pair.privateKey), () => "x")));
  });

  beforeEach(async () => {
    await image(await LayoutBuilder.begin(folder("from")), { tag: "v1" });
    store = await openLayout(folder("to"), { create: true });
    await copyImage(await openLayout(folder("from")), store, "v1", { throttle: copyThrottle(), repository: "x" });
    subject = (await store.resolve("v1")) ?? (await (await openLayout(folder("from"))).resolve("v1")) ?? assert.fail();
  });

  const place = (different: Partial<EvidencePlace> = {}): EvidencePlace => ({
    ...{ stage: "uat", stages: ["dev", "qa", "uat", "prod"], class: "secure", repository: "orders/api" },
    policy: { signature: true, signers: [{ key: (signer ?? assert.fail()).publicKey }] },
    ...{ gate: "promotions", roles: [], target: store },
    ...different,
  });
  const released = (different: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
    ...{ version: 1, edge: { from: "qa", to: "uat" }, source: "qa.example.com/orders/api", target: store.name },
    ...{ digest: subject.digest, tags: ["v1.0.0-uat"], class: "secure", scans: [], referrers: [] },
    releasedAt: "2026-11-03T00:00:00Z",
    ...different,
  });
  const published = (different: Partial<PublishRecord> = {}): PublishRecord => ({
    ...{ version: 1, stage: "uat", class: "secure", repository: store.name, digest: subject.digest },
    build: {
      source: "https://example.com/orders",
      commit: COMMIT,
      version: "v1.0.0",
      createdAt: "2026-11-01T00:00:00Z",
    },
    ...{ tags: ["v1.0.0-uat"], scans: [], targets: ["uat"], publishedAt: "2026-11-02T00:00:00Z" },
    ...different,
  });
  const attach = async (
    of: readonly ["publish", PublishRecord] | readonly ["release", ReleaseRecord],
    by: KeySigner | "nobody" | undefined = signer,
  ) => attachArtifact(store, await recordArtifact(store, subject, of, by === "nobody" ? undefined : by), subject);
  const ask = (different: Partial<EvidencePlace> = {}, exceptions: readonly GitOpsException[] = []) =>
    acceptedEvidence(store, subject.digest, place(different), { verifier: makeVerifier(), now: NOW, exceptions });
  const verdict = async (...of: Parameters<typeof ask>) => {
    const evidence = await ask(...of);
    return evidence.accepted ? evidence.kind : evidence.why;
  };

  it("S3-14 acceptedEvidence takes a portable image by a release record of this stage at this registry alone", async () => {
    assert.match(await verdict(), /^no record that counts says that it came to uat; promote it with dualreg image/);
    await attach(["release", released({ edge: { from: "dev", to: "qa" } })]);
    await attach(["release", released({ target: "elsewhere.example.com/orders/api" })]);
    await attach(["release", released({ class: "standard" })]);
    await attach(["publish", published()]);
    assert.match(await verdict(), /^published at .*, and a portable image comes to uat by promotion alone/);
    assert.match(await verdict(), /its records are of "elsewhere\.example\.com\/orders\/api"/);
    await attach(["release", released()]);
    const { what, ...rest } = { what: "", ...(await ask()) };
    assert.deepEqual(rest, { accepted: true, kind: "promotion", proven: true });
    assert.match(what, /^promoted from qa at 2026-11-03T00:00:00Z, signed by key [0-9a-f]{64}$/);
  });

  it("S3-14 acceptedEvidence believes a stranger's record nowhere, and an unsigned one only where nobody is named", async () => {
    await attach(["release", released()], stranger);
    assert.match(await verdict(), /^no record that counts says that it came to uat; .*signed by key sha256:/);
    await attach(["release", released({ releasedAt: "2026-11-04T00:00:00Z" })], "nobody");
    assert.match(await verdict(), /a release record that nobody signed counts for nothing/);
    const evidence = await ask({ policy: { signature: false, signers: [] } });
    assert.ok(evidence.accepted && !evidence.proven);
    assert.match(evidence.what, /no signer is named, so nothing proves it$/);
  });

  it("S3-14 acceptedEvidence takes a publication in the first stages and of what is rebuilt, and no one's of another stage", async () => {
    await attach(["publish", published({ stage: "qa" })]);
    assert.match(await verdict({ gate: "signed-off" }), /^no record that counts says that it came to uat; publish or/);
    await attach(["publish", published()]);
    assert.equal(await verdict({ gate: "signed-off" }), "publication");
    assert.equal(await verdict({ gate: "open" }), "publication");
  });

  it("S3-14 acceptedEvidence refuses a publication past the stages before whose sign-offs did not hold", async () => {
    const signOffs = {
      ...{ from: "qa", to: "uat", repository: "orders/api", digest: subject.digest, version: "v1.0.0-rc1" },
      ...{
        commit: COMMIT,
        authors: ["author"],
        run: { id: 7, url: "https://github.com/company/orders/actions/runs/7" },
      },
      ...{ approvals: [], expires: "2026-11-09T00:00:00Z" },
    };
    const reason = "The payment service is down and the fix cannot wait";
    await attach(["publish", published({ breakGlass: { reason, signOffs } })]);
    assert.match(await verdict({ roles: ["uat"] }), /^BREAK-GLASS .*Sign-offs: /);
    const approvals = [
      { role: "uat", by: "uat-manager", commit: COMMIT, digest: subject.digest, at: "2026-11-01T08:00:00Z" },
    ];
    const held = { ...signOffs, approvals, breakGlass: reason };
    await attach(["publish", published({ breakGlass: { reason, signOffs: held } })]);
    assert.equal(await verdict({ roles: ["uat"] }), "publication");
    assert.match(await verdict({ roles: ["uat"], repository: "orders/web" }), /its sign-offs are of "orders\/api"/);
  });

  it("S3-14 acceptedEvidence takes an exception for this digest until its last day, and says what has ended", async () => {
    const exception = {
      digest: subject.digest,
      image: "docker.io/library/redis:7",
      reason: "a base image of a third party",
      expires: "2026-11-20",
    };
    assert.deepEqual(await ask({}, [exception]), {
      ...{ accepted: true, kind: "exception", proven: true },
      what: 'excepted until 2026-11-20: "a base image of a third party"',
    });
    const ended = { ...exception, expires: "2026-11-19" };
    assert.match(await verdict({}, [ended]), /its exception ended on 2026-11-19: "a base image of a third party"$/);
    assert.equal(await verdict({}, [exception, ended]), "exception");
    assert.match(await verdict({}, [{ ...exception, stages: ["prod"] }]), /^no record that counts/);
    const other = { ...exception, digest: `sha256:${"a".repeat(64)}` as const };
    assert.match(await verdict({}, [other]), /^no record that counts/);
  });
});
