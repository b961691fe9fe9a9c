import assert from "node:assert/strict";
import fc from "fast-check";
import { tagRules } from "../../../src/domain/image/tags";
import {
  type Bound,
  type OwnRetention,
  type OwnRule,
  retentionConflicts,
  untaggedRule,
  withSpared,
} from "../../../src/domain/settings/ownRetention";
import type { RetentionRule } from "../../../src/domain/image/policy";
import { schemeOf } from "../../support/scheme";

const QA = tagRules("qa", schemeOf());
const PROD = tagRules("prod", schemeOf());
const remove = (bound: Bound, globs?: readonly string[], name = "rule 1"): OwnRule => ({
  ...{ name, action: "delete", manifests: "tagged", bound },
  ...(globs && { selector: { globs } }),
});
const keep = (bound: Bound, globs?: readonly string[]): OwnRule => ({
  ...remove(bound, globs, "keep"),
  action: "keep",
});
const texts = (own: OwnRetention, rule: RetentionRule, rules = PROD): string[] => {
  const found = retentionConflicts(own, rules, rule);
  assert.ok(found !== "unclear");
  return found.map(({ text }) => text);
};

describe("retentionConflicts", () => {
  it("S2-3 retentionConflicts finds every deletion of a tagged image where images are kept for ever", () => {
    const forever: RetentionRule = { rule: "forever" };
    assert.deepEqual(texts({ rules: [remove({ by: "push", days: 3_650 })] }, forever), [
      '"rule 1" deletes 3650 days after the push, such as the tag v0.0.0, while images are kept for ever in this stage',
    ]);
    assert.equal(texts({ rules: [remove({ newest: 9_999 })] }, forever).length, 1);
    assert.deepEqual(texts({ rules: [remove({ by: "push", days: 1 }, ["feature-*"])] }, forever), []);
    assert.deepEqual(texts({ rules: [{ ...remove("always"), manifests: "untagged" }] }, forever), []);
    assert.deepEqual(texts({ rules: [remove({ newest: 1 })], idle: "dry run" }, forever), []);
    const spares: OwnRetention = { rules: [remove({ newest: 1 })], sparesImmutable: true };
    const immutable = (...globs: string[]) => ({ immutable: [{ globs }], except: [] });
    assert.deepEqual(texts(withSpared(spares, immutable("v*")), forever), []);
    assert.equal(texts(withSpared(spares, immutable("v1.*")), forever).length, 1);
    assert.equal(texts(withSpared({ rules: spares.rules }, immutable("v*")), forever).length, 1);
  });

  it("retentionConflicts goes by the first rule of ECR's that is about a tag, and by every one that may be", () => {
    const own = (first: OwnRule): OwnRetention => ({
      firstDecides: true,
      rules: [first, { ...remove({ by: "push", days: 14 }, undefined, "rule 2"), manifests: "all" }],
    });
    const rule: RetentionRule = { rule: "keep", days: 90 };
    assert.deepEqual(texts(own(remove({ by: "push", days: 90 }, ["v*"])), rule), []);
    assert.match(texts(own(remove({ by: "push", days: 90 }, ["v1.*"])), rule).join(), /"rule 2".* v0\.0\.0,/);
    const both = { ...remove({ by: "push", days: 90 }), selector: { globs: ["v*", "*-signed"], each: true } };
    assert.match(texts(own(both), rule).join(), /"rule 2" deletes 14 days after the push/);
  });

  it("retentionConflicts counts from the last pull where the stage does, and takes no push for one", () => {
    const rule: RetentionRule = { rule: "inactive", days: 30 };
    assert.deepEqual(texts({ rules: [remove({ by: "pull", days: 30 })] }, rule, QA), []);
    assert.equal(texts({ rules: [remove({ by: "pull", days: 29 })] }, rule, QA).length, 3);
    assert.equal(texts({ rules: [remove({ by: "push", days: 365 })] }, rule, QA).length, 3);
    const kept = [keep({ by: "push", days: 30 }), keep({ by: "pull", days: 30 })];
    assert.deepEqual(texts({ rules: [remove("always"), ...kept] }, rule, QA), []);
    assert.equal(texts({ rules: [remove("always"), ...kept.slice(0, 1)] }, rule, QA).length, 3);
  });

  it("retentionConflicts compares counts with the newest that a stage keeps", () => {
    const rule: RetentionRule = { rule: "newest", count: 10 };
    assert.deepEqual(texts({ rules: [remove({ newest: 10 })] }, rule), []);
    assert.match(
      texts({ rules: [remove({ newest: 9 })] }, rule).join(),
      /all but the newest 9, .*the newest 10 images/,
    );
    assert.equal(texts({ rules: [remove({ by: "push", days: 999 })] }, rule).length, 1);
    assert.deepEqual(texts({ rules: [remove({ by: "push", days: 1 }), keep({ newest: 10 })] }, rule), []);
  });

  it("retentionConflicts says perhaps of a pattern that nobody here reads, and takes it for no protection", () => {
    const odd = ["v(1|2)+"];
    assert.match(texts({ rules: [remove({ newest: 1 }, odd)] }, { rule: "forever" }).join(), /perhaps such as the tag/);
    assert.equal(texts({ rules: [remove({ newest: 1 }), keep("always", odd)] }, { rule: "forever" }).length, 1);
    assert.deepEqual(texts({ rules: [remove({ newest: 1 }), keep("always", ["v*"])] }, { rule: "forever" }), []);
  });

  it("retentionConflicts never misses an image that a registry deletes and the stage keeps", () => {
    const days = fc.integer({ min: 1, max: 60 });
    const aged = fc
      .constantFrom<("push" | "pull")[]>("push", "pull")
      .chain((by) => days.map((many) => ({ by, days: many })));
    const bound = fc.oneof<fc.Arbitrary<Bound>[]>(
      aged,
      days.map((newest) => ({ newest })),
    );
    const globs = fc.option(fc.constantFrom(["v*"], ["v1.*"], ["*-rc*"], ["v1.*", "*-qa"]), { nil: undefined });
    const ownRule = fc
      .tuple(fc.boolean(), bound, globs)
      .map(([deletes, by, of]) => (deletes ? remove(by, of) : keep(by, of)));
    const rule = fc.oneof<fc.Arbitrary<RetentionRule>[]>(
      fc
        .constantFrom<("keep" | "inactive")[]>("keep", "inactive")
        .chain((name) => days.map((many) => ({ rule: name, days: many }))),
      days.map((count) => ({ rule: "newest", count })),
      fc.constant({ rule: "forever" }),
    );
    const image = fc.record({
      tag: fc.constantFrom("v0.0.0-rc1", "v1.0.0-rc1", "v1.2.3-qa", "v2.0.0-qa"),
      pushed: fc.integer({ min: 0, max: 100 }),
      sincePull: fc.integer({ min: 0, max: 100 }),
      rank: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(ownRule, { maxLength: 4 }), fc.boolean(), rule, image, (all, firstDecides, stage, one) => {
        const pulled = Math.min(one.pushed, one.sincePull);
        const about = (each: OwnRule) =>
          each.selector === undefined ||
          each.selector.globs.some((glob) =>
            new RegExp(`^${glob.replaceAll(".", "\\.").replace("*", ".*")}$`).test(one.tag),
          );
        const beyond = (by: Bound): boolean => {
          if (by === "always") return true;
          if ("newest" in by) return one.rank > by.newest;
          return (by.by === "push" ? one.pushed : pulled) > by.days;
        };
        const rules = firstDecides ? all.filter(({ action }) => action === "delete") : all;
        const first = rules.find(about);
        const deleting = firstDecides
          ? first
            ? [first]
            : []
          : rules.filter((each) => each.action === "delete" && about(each));
        const kept = rules.some((each) => each.action === "keep" && about(each) && !beyond(each.bound));
        const deleted = deleting.some((each) => beyond(each.bound)) && !kept;
        const wanted =
          stage.rule === "forever" ||
          (stage.rule === "newest" && one.rank <= stage.count) ||
          (stage.rule === "keep" && one.pushed <= stage.days) ||
          (stage.rule === "inactive" && pulled <= stage.days);
        const found = retentionConflicts({ rules, firstDecides }, QA, stage);
        if (deleted && wanted) assert.ok(found !== "unclear" && found.length > 0);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("untaggedRule", () => {
  it("untaggedRule is the rule that deletes what has no tag, unless nothing runs or something keeps it", () => {
    const untagged: OwnRule = { ...remove({ by: "push", days: 7 }), manifests: "untagged" };
    assert.equal(untaggedRule({ rules: [untagged] })?.name, "rule 1");
    assert.equal(untaggedRule({ rules: [remove({ by: "push", days: 7 })] }), undefined);
    assert.equal(untaggedRule({ rules: [untagged], idle: "dry run" }), undefined);
    assert.equal(untaggedRule({ rules: [untagged, { ...keep("always"), manifests: "untagged" }] }), undefined);
  });
});
