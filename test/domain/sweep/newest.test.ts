import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../../../src/base/digest";
import type { SweepManifest } from "../../../src/domain/sweep/graph";
import { planSweep, type SweepFacts } from "../../../src/domain/sweep/planSweep";
import { MEDIA } from "../../../src/oci/manifest";
import { schemeOf } from "../../support/scheme";

const now = new Date("2026-11-21T08:00:00Z");
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString();
const digest = (at: number): Digest => `sha256:${at.toString(16).padStart(64, "0")}`;
const NOTHING = { digests: new Set<string>(), tags: new Set<string>() };

/** An image that was pushed so many days ago. */
const image = (at: number, pushed: number, over: Partial<SweepManifest> = {}): SweepManifest => ({
  ...{ digest: digest(at), tags: [`v1.0.${at}-qa`], pushedAt: daysAgo(pushed), lastPulledAt: daysAgo(1) },
  ...{ locked: false, mediaType: MEDIA.ociManifest, children: [], size: 1000, ...over },
});

const plan = (manifests: readonly SweepManifest[], count: number, over: Partial<SweepFacts> = {}) =>
  planSweep({
    ...{ rule: { rule: "newest", count }, now, manifests, deployed: NOTHING, versions: schemeOf(), ...over },
  });
const deleted = (...given: Parameters<typeof plan>) =>
  plan(...given)
    .deletions.map((one) => Number.parseInt(one.digest.slice(7), 16))
    .sort((one, other) => one - other);

describe("planSweep, the newest of each repository", () => {
  it("S1-16 keeps those that were pushed last, whoever pulls the others, and says which place each has", () => {
    const manifests = [image(1, 40), image(2, 30), image(3, 20), image(4, 10)];
    const { decisions } = plan(manifests, 2);
    assert.deepEqual(
      decisions.map(({ action, why }) => `${action}: ${why}`),
      [
        "delete: older than the newest 2",
        "delete: older than the newest 2",
        "keep: number 2 of the newest 2, which are kept",
        "keep: number 1 of the newest 2, which are kept",
      ],
    );
    assert.deepEqual(deleted(manifests, 4), []);
    assert.deepEqual(deleted(manifests, 100), []);
  });

  it("takes the higher version for the newer where two were pushed at one moment, rc10 behind rc2", () => {
    const at = (number: number, tags: readonly string[]) => image(number, 5, { tags });
    assert.deepEqual(deleted([at(1, ["v1.0.0-rc10"]), at(2, ["v1.0.0-rc2"])], 1), [2]);
    assert.deepEqual(deleted([at(1, ["v1.9.0-qa"]), at(2, ["v1.10.0-qa"])], 1), [1]);
    assert.deepEqual(deleted([at(1, ["latest"]), at(2, ["v0.0.1-qa"])], 1), [1]);
    assert.deepEqual(deleted([at(1, ["latest", "v1.0.1-rc1"]), at(2, ["v1.0.0-qa"])], 1), [2]);
    assert.equal(deleted([at(1, ["a"]), at(2, ["b"])], 1).length, 1);
  });

  it("counts several tags of one digest once, and an index once with its platforms and what refers to it", () => {
    const index = image(10, 5, { mediaType: MEDIA.ociIndex, children: [digest(11), digest(12)] });
    const platforms = [11, 12].map((at) => image(at, 5, { tags: [] }));
    const signature = image(13, 5, { tags: [], subject: digest(10) });
    const list = image(14, 5, { tags: [`sha256-${digest(10).slice(7)}`], children: [digest(13)] });
    const twice = image(20, 6, { tags: ["v1.0.0-qa", "v1.0.0-rc1", "latest"] });
    const again = image(20, 6, { tags: ["feature-x"] });
    const third = image(30, 7);
    const all = [index, ...platforms, signature, list, twice, again, third];
    assert.deepEqual(deleted(all, 3), []);
    assert.deepEqual(deleted(all, 2), [30]);
    assert.deepEqual(deleted(all, 1), [20, 30]);
  });

  it("spares what is deployed or locked beyond the newest, and what nobody knows the age of, which takes no place", () => {
    const unknown = image(5, 0);
    Reflect.deleteProperty(unknown, "pushedAt");
    const manifests = [image(1, 40), image(2, 30, { locked: true }), image(3, 20), image(4, 10), unknown];
    const deployed = { digests: new Set<string>([digest(1)]), tags: new Set<string>() };
    assert.deepEqual(deleted(manifests, 1, { deployed }), [3]);
    assert.deepEqual(deleted(manifests, 1, { deployed, halted: "a hole" }), []);
  });

  it("deletes what has no tag after its own days, or a week", () => {
    const manifests = [
      image(1, 8, { tags: [], lastPulledAt: "never" }),
      image(2, 6, { tags: [], lastPulledAt: "never" }),
    ];
    assert.deepEqual(deleted(manifests, 1), [1]);
    assert.deepEqual(deleted(manifests, 1, { untaggedDays: 3 }), [1, 2]);
  });

  /** Repositories of tagged images, some indexes and signatures among them; digests point to older ones alone. */
  const repository = fc
    .array(
      fc.record({
        tagged: fc.integer({ min: 0, max: 3 }).map((one) => one > 0),
        pushed: fc.option(fc.nat({ max: 30 }), { nil: undefined, freq: 9 }),
        locked: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
        child: fc.option(fc.nat({ max: 14 }), { nil: undefined }),
        subject: fc.option(fc.nat({ max: 14 }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 14 },
    )
    .map((raw) =>
      raw.map(({ tagged, pushed, locked, child, subject }, at): SweepManifest => {
        const older = (one: number | undefined) => (one === undefined || at === 0 ? undefined : digest((one % at) + 1));
        const [of, refersTo] = [older(child), older(subject)];
        const manifest = image(at + 1, pushed ?? 0, {
          ...{ tags: tagged ? [`v1.0.${at}-qa`] : [], locked, children: of === undefined ? [] : [of] },
          ...(refersTo === undefined || tagged ? {} : { subject: refersTo }),
        });
        if (pushed === undefined) Reflect.deleteProperty(manifest, "pushedAt");
        return manifest;
      }),
    );

  it("S1-18 never leaves fewer than asked for, deletes none of the newest, and nothing more the second time", () => {
    fc.assert(
      fc.property(
        repository,
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.nat({ max: 14 })),
        (manifests, count, runs) => {
          const deployed = { digests: new Set<string>(runs.map((at) => digest(at))), tags: new Set<string>() };
          const { deletions } = plan(manifests, count, { deployed });
          const gone = new Set(deletions.map((one) => one.digest));
          const tagged = manifests.filter(({ tags }) => tags.length > 0);
          const left = tagged.filter((one) => !gone.has(one.digest));
          assert.ok(left.length >= Math.min(count, tagged.length));
          // No image goes that is younger than one of as many as were to be kept.
          for (const one of tagged.filter(({ digest: of }) => gone.has(of))) {
            const younger = left.filter(({ pushedAt }) => pushedAt !== undefined && pushedAt >= (one.pushedAt ?? ""));
            assert.ok(younger.length >= count, `${one.digest} is one of the newest ${count}`);
          }
          for (const one of manifests)
            if (one.locked || deployed.digests.has(one.digest)) assert.ok(!gone.has(one.digest));
          const rest = manifests.filter((one) => !gone.has(one.digest));
          assert.deepEqual(plan(rest, count, { deployed }).deletions, []);
          const reversed = plan([...manifests].reverse(), count, { deployed });
          assert.deepEqual(new Set(reversed.deletions.map((one) => one.digest)), gone);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
