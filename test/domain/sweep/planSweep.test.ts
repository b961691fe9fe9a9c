import assert from "node:assert/strict";
import { type Digest, digestOf } from "../../../src/base/digest";
import { referrersTag } from "../../../src/base/referrersTag";
import type { SweepManifest } from "../../../src/domain/sweep/graph";
import { planSweep, type SweepFacts } from "../../../src/domain/sweep/planSweep";
import { MEDIA } from "../../../src/oci/manifest";

const now = new Date("2026-11-21T08:00:00Z");
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString();
const digest = (at: number): Digest => `sha256:${at.toString(16).padStart(64, "0")}`;
const manifest = (at: number, over: Partial<SweepManifest> = {}): SweepManifest => ({
  digest: digest(at),
  tags: [`v1.0.${at}-qa`],
  pushedAt: daysAgo(200),
  lastPulledAt: "never",
  locked: false,
  mediaType: MEDIA.ociManifest,
  children: [],
  size: 1000,
  ...over,
});
const NOTHING = { digests: new Set<string>(), tags: new Set<string>() };
const plan = (manifests: readonly SweepManifest[], over: Partial<SweepFacts> = {}) =>
  planSweep({ rule: { rule: "inactive", days: 90 }, now, manifests, deployed: NOTHING, ...over });
const why = (manifests: readonly SweepManifest[], over: Partial<SweepFacts> = {}) => {
  const [first] = plan(manifests, over).decisions;
  return `${first?.action ?? ""}: ${first?.why ?? ""}`;
};

describe("planSweep", () => {
  it("S1-15 planSweep deletes what was neither pushed nor pulled for as long, and says so", () => {
    assert.equal(why([manifest(1)]), "delete: no push or pull for 90 days (never pulled)");
    assert.equal(
      why([manifest(1, { lastPulledAt: daysAgo(91) })]),
      "delete: no push or pull for 90 days (pulled 91 days ago)",
    );
  });

  it("S1-15 planSweep keeps what was pulled of late, however long ago it was pushed", () => {
    assert.match(why([manifest(1, { lastPulledAt: daysAgo(89) })]), /^keep: pulled 89 days ago/);
    assert.match(why([manifest(1, { pushedAt: daysAgo(89) })]), /^keep: tagged, pushed 89 days ago/);
  });

  it("planSweep keeps what may have been pulled, for all that is known, and says so", () => {
    const without = (field: "lastPulledAt" | "pushedAt"): SweepManifest => {
      const known = manifest(1);
      Reflect.deleteProperty(known, field);
      return known;
    };
    assert.equal(why([without("lastPulledAt")]), "keep: when it was last pulled is not known");
    assert.equal(why([manifest(1, { lastPulledAt: "soon" })]), "keep: when it was last pulled is not known");
    assert.equal(why([without("pushedAt")]), "keep: when it was pushed is not known");
  });

  it("planSweep takes a pull of a platform's image for one of its index", () => {
    const child = manifest(2, { tags: [], lastPulledAt: daysAgo(3) });
    const index = manifest(1, { mediaType: MEDIA.ociIndex, children: [child.digest] });
    assert.equal(plan([index, child]).deletions.length, 0);
  });

  it("S1-18 planSweep takes the referrers list of a SHA-512 image for what belongs to it, not for an image of its own", () => {
    const image = manifest(1, { digest: digestOf(Buffer.from("image"), "sha512"), lastPulledAt: daysAgo(1) });
    const list = manifest(2, { tags: [referrersTag(image.digest)] });
    const { deletions, decisions } = plan([image, list]);
    assert.deepEqual(deletions, []);
    assert.deepEqual(decisions.map(({ action, why }) => [action, why])[1], [
      "keep",
      `refers to ${image.digest}, which is kept`,
    ]);
    const gone = plan([{ ...image, lastPulledAt: "never" }, list]);
    assert.deepEqual(
      gone.decisions.map(({ why: reason }) => reason),
      ["no push or pull for 90 days (never pulled)", "what it belongs to goes"],
    );
  });

  it("S1-17 S2-3 planSweep deletes nothing where images are kept for ever", () => {
    const manifests = [manifest(1), manifest(2, { tags: [] })];
    assert.equal(plan(manifests, { rule: { rule: "forever" }, untaggedDays: 1 }).deletions.length, 0);
  });

  it("S1-17 planSweep keeps for so many days after the push, pulled or not", () => {
    const rule = { rule: "keep", days: 150 } as const;
    assert.match(why([manifest(1)], { rule }), /^delete: tagged, pushed 200 days ago; kept for 150/);
    assert.match(why([manifest(1, { pushedAt: daysAgo(149) })], { rule }), /^keep/);
  });

  it("planSweep deletes what has no tag by its own number of days, and leaves a day to what is being published", () => {
    const untagged = (days: number, over: Partial<SweepManifest> = {}) => [
      manifest(1, { tags: [], pushedAt: daysAgo(days), ...over }),
    ];
    assert.match(why(untagged(8), { untaggedDays: 7 }), /^delete: no tag, pushed 8 days ago; kept for 7/);
    assert.match(why(untagged(6), { untaggedDays: 7 }), /^keep/);
    assert.match(why(untagged(0.9), { untaggedDays: 0 }), /^keep/);
    assert.match(why(untagged(89)), /^keep/);
    assert.match(
      why(untagged(8, { lastPulledAt: daysAgo(2) }), { untaggedDays: 7 }),
      /^keep: no tag, pulled by its digest 2 days ago/,
    );
  });

  it("S1-18 planSweep spares what is deployed: by digest, by tag, by configuration, by a platform's digest", () => {
    const deployed = { digests: new Set<string>([digest(1), digest(50), digest(60)]), tags: new Set(["v1.0.2-qa"]) };
    const manifests = [
      manifest(1),
      manifest(2),
      manifest(3, { config: digest(50) }),
      manifest(4, { children: [digest(60)] }),
      manifest(60, { tags: [] }),
      manifest(5),
    ];
    const { decisions } = plan(manifests, { deployed });
    assert.deepEqual(
      decisions.map(({ action, why: reason }) => (action === "keep" ? reason : action)),
      ["deployed", "deployed", "deployed", "deployed", "deployed", "delete"],
    );
  });

  it("S1-18 planSweep spares what is locked, and what belongs to it", () => {
    const index = manifest(1, { locked: true, children: [digest(2)] });
    const child = manifest(2, { tags: [] });
    const signature = manifest(3, { tags: [], subject: digest(2) });
    const note = manifest(4, { tags: [`sha256-${digest(3).slice(7)}.sig`] });
    assert.equal(plan([note, signature, child, index]).deletions.length, 0);
  });

  it("S1-18 planSweep deletes an index before its children, and an image before what refers to it", () => {
    const fallback = `sha256-${digest(1).slice(7)}`;
    const manifests = [
      manifest(4, { tags: [fallback], children: [digest(3)] }),
      manifest(3, { tags: [], subject: digest(1), pushedAt: daysAgo(1) }),
      manifest(2, { tags: [], pushedAt: daysAgo(1) }),
      manifest(1, { children: [digest(2)] }),
    ];
    const order = plan(manifests).deletions.map((one) => Number.parseInt(one.digest.slice(7), 16));
    assert.equal(order.length, 4);
    assert.equal(order[0], 1);
    assert.ok(order.indexOf(4) < order.indexOf(3));
  });

  it("planSweep keeps a child that another index still has, and a child with a tag of its own", () => {
    const old = manifest(1, { children: [digest(3), digest(4)] });
    const recent = manifest(2, { children: [digest(3)], pushedAt: daysAgo(1) });
    const shared = manifest(3, { tags: [] });
    const tagged = manifest(4, { pushedAt: daysAgo(1) });
    assert.deepEqual(
      plan([old, recent, shared, tagged]).deletions.map((one) => one.digest),
      [digest(1)],
    );
  });

  it("planSweep lets a referrer go by its own age where what it referred to is gone", () => {
    assert.match(why([manifest(1, { tags: [], subject: digest(9) })]), /^delete: no tag/);
    assert.match(why([manifest(1, { tags: [`sha256-${digest(9).slice(7)}.att`] })]), /^delete: no tag/);
    assert.match(why([manifest(1, { tags: [], subject: digest(9), pushedAt: daysAgo(0.5) })]), /^keep/);
  });

  it("planSweep keeps an image whose signature is locked, since some registries delete both together", () => {
    const signature = manifest(2, { tags: [], subject: digest(1), locked: true });
    assert.equal(plan([manifest(1), signature]).deletions.length, 0);
  });

  it("planSweep ends on manifests that belong to each other in a ring, and on ten thousand in a chain", () => {
    const ring = [
      manifest(1, { children: [digest(2)] }),
      manifest(2, { tags: [], children: [digest(1)], subject: digest(2) }),
    ];
    assert.equal(plan(ring).decisions.length, 2);
    const chain = Array.from({ length: 10_000 }, (_, at) =>
      manifest(at + 1, { children: [digest(at + 2)], tags: at === 0 ? ["v1.0.0-qa"] : [] }),
    );
    const { deletions } = plan(chain);
    assert.deepEqual(
      deletions.map((one) => one.digest),
      chain.map((one) => one.digest),
    );
  });
});
