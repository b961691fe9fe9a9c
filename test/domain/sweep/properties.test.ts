import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../../../src/base/digest";
import { isReferrersTag, subjectOfReferrersTag } from "../../../src/base/referrersTag";
import type { RetentionRule } from "../../../src/domain/image/policy";
import type { SweepManifest } from "../../../src/domain/sweep/graph";
import { planSweep } from "../../../src/domain/sweep/planSweep";
import { MEDIA } from "../../../src/oci/manifest";

const now = new Date("2026-11-21T08:00:00Z");
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString();
const digest = (at: number): Digest => `sha256:${at.toString(16).padStart(64, "0")}`;
const SIZE = 12;
/** A digest that is not there. */
const MISSING = 99;

/** A repository as it may be: digests point to older ones alone, since none can name what is not yet made. */
const repository = fc
  .array(
    fc.record({
      tags: fc.subarray(["v1.0.0-qa", "v1.0.1-qa", "latest"], { maxLength: 1 }),
      fallback: fc.option(fc.nat({ max: SIZE }), { nil: undefined, freq: 5 }),
      pushed: fc.option(fc.nat({ max: 200 }), { nil: undefined, freq: 9 }),
      pulled: fc.oneof(fc.nat({ max: 200 }), fc.constantFrom("never" as const, undefined)),
      locked: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      children: fc.array(fc.nat({ max: SIZE }), { maxLength: 3 }),
      subject: fc.option(fc.nat({ max: SIZE }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: SIZE },
  )
  .chain((raw) => {
    const manifests = raw.map((one, at): SweepManifest => {
      const pick = (other: number) => digest(other % (at + 1) === at ? MISSING : (other % (at + 1)) + 1);
      const extra = one.fallback === undefined ? [] : [`sha256-${pick(one.fallback).slice(7)}`];
      return {
        digest: digest(at + 1),
        tags: [...one.tags, ...extra],
        ...(one.pushed === undefined ? {} : { pushedAt: daysAgo(one.pushed) }),
        ...(one.pulled === undefined ? {} : { lastPulledAt: one.pulled === "never" ? "never" : daysAgo(one.pulled) }),
        locked: one.locked,
        mediaType: one.children.length > 0 ? MEDIA.ociIndex : MEDIA.ociManifest,
        children: one.children.map(pick),
        ...(one.subject === undefined ? {} : { subject: pick(one.subject) }),
        size: 1,
      };
    });
    return fc.shuffledSubarray(manifests, { minLength: manifests.length });
  });

const rules = fc.oneof(
  fc.constant<RetentionRule>({ rule: "forever" }),
  fc.nat({ max: 100 }).map((days): RetentionRule => ({ rule: "inactive", days: days + 1 })),
  fc.nat({ max: 100 }).map((days): RetentionRule => ({ rule: "keep", days: days + 1 })),
  fc.nat({ max: 4 }).map((count): RetentionRule => ({ rule: "newest", count: count + 1 })),
);
const deployedDigests = fc.array(fc.nat({ max: SIZE }).map(digest), { maxLength: 2 });
const deployedTags = fc.subarray(["v1.0.0-qa"]);

const subjects = ({ subject, tags }: SweepManifest) => [
  ...(subject ? [subject] : []),
  ...tags.flatMap((tag) => subjectOfReferrersTag(tag) ?? []),
];

describe("planSweep, whatever the repository", () => {
  const check = (
    holds: (given: {
      manifests: readonly SweepManifest[];
      kept: Set<Digest>;
      order: readonly Digest[];
      digests: readonly Digest[];
      tags: readonly string[];
      rule: RetentionRule;
    }) => void,
  ) =>
    fc.assert(
      fc.property(repository, rules, deployedDigests, deployedTags, (manifests, rule, digests, tags) => {
        const deployed = { digests: new Set<string>(digests), tags: new Set(tags) };
        const { decisions, deletions } = planSweep({ rule, now, manifests, deployed });
        const kept = new Set(decisions.filter((one) => one.action === "keep").map((one) => one.digest));
        holds({ manifests, kept, order: deletions.map((one) => one.digest), digests, tags, rule });
      }),
      { numRuns: 2000 },
    );

  it("S1-18 planSweep never deletes what something kept needs: children, referrers, subjects", () => {
    check(({ manifests, kept }) => {
      const there = new Set(manifests.map((one) => one.digest));
      for (const one of manifests) {
        for (const needed of kept.has(one.digest) ? [...one.children, ...subjects(one)] : []) {
          assert.ok(kept.has(needed) || !there.has(needed), `${one.digest} needs ${needed}`);
        }
        if (subjects(one).some((subject) => kept.has(subject)))
          assert.ok(kept.has(one.digest), `${one.digest} is lost`);
      }
    });
  });

  it("S1-18 planSweep never deletes what is deployed or locked, or anything where images are kept for ever", () => {
    check(({ manifests, kept, digests, tags, rule, order }) => {
      for (const one of manifests) {
        if (one.locked || digests.includes(one.digest) || one.tags.some((tag) => tags.includes(tag)))
          assert.ok(kept.has(one.digest));
        if (one.children.some((child) => digests.includes(child))) assert.ok(kept.has(one.digest));
      }
      if (rule.rule === "forever") assert.deepEqual(order, []);
    });
  });

  it("S1-18 planSweep leaves no index without a child and no image without its signature first, wherever it is stopped", () => {
    check(({ manifests, order }) => {
      const at = new Map(order.map((one, position) => [one, position]));
      const gone = (one: Digest) => at.get(one) ?? Infinity;
      const there = new Set(manifests.map((one) => one.digest));
      for (const one of manifests) {
        for (const child of one.children)
          if (there.has(child) && child !== one.digest) assert.ok(gone(one.digest) <= gone(child));
        // What both lists and refers may ask for two orders at once: then children come last.
        if (manifests.some((other) => other.children.length > 0 && subjects(other).length > 0)) continue;
        for (const subject of subjects(one))
          if (at.has(one.digest) && there.has(subject)) assert.ok(gone(subject) <= gone(one.digest));
      }
    });
  });

  it("planSweep deletes nothing pushed within the rule's days that has a tag, and decides on each manifest once", () => {
    check(({ manifests, kept, order, rule }) => {
      assert.equal(kept.size + order.length, manifests.length);
      assert.equal(new Set(order).size, order.length);
      if (rule.rule === "newest") return;
      const days = rule.rule === "forever" ? Infinity : rule.days;
      for (const one of manifests) {
        const tagged = one.tags.some((tag) => !isReferrersTag(tag));
        if (tagged && (one.pushedAt === undefined || one.pushedAt >= daysAgo(days === Infinity ? 9999 : days)))
          assert.ok(kept.has(one.digest));
      }
    });
  });
});
