import fc from "fast-check";
import assert from "node:assert/strict";
import { type PublishTagInput, publishTags, tagAllowed, tagRules } from "../../../src/domain/image/tags";
import { type Stage, DEFAULT_STAGES } from "../../../src/domain/stage";
import { schemeOf } from "../../support/scheme";

const COMMIT = "3f2a9c1d5e7b8a6f4c2d1e0f9a8b7c6d5e4f3a2b";
const tags = (stage: Stage, version: string, over: Partial<PublishTagInput> = {}) =>
  publishTags({
    stage,
    ...schemeOf(),
    version,
    commit: COMMIT,
    rules: tagRules(stage, schemeOf()),
    ...over,
  });

const TABLE: readonly [Stage, string, readonly string[]][] = [
  ["dev", "v1.2.3", ["v1.2.3", "latest", "dev", COMMIT]],
  ["qa", "v1.2.3", ["v1.2.3-qa"]],
  ["qa", "v1.2.3-rc1", ["v1.2.3-rc1"]],
  ["qa", "v1.2.3-beta.2", ["v1.2.3-beta.2"]],
  ["qa", "v0.0.1-qa", ["v0.0.1-qa"]],
  ["uat", "v1.2.3", ["v1.2.3-uat"]],
  ["prod", "v1.2.3", ["v1.2.3"]],
];

describe("publishTags", () => {
  for (const [stage, version, set] of TABLE) {
    it(`S1-6 S4-9 publishTags sets ${set.join(", ")} for ${version} in ${stage}`, () => {
      const result = tags(stage, version);
      assert.deepEqual(result.set, set);
      assert.deepEqual(result.problems, []);
    });
  }

  it("S2-6 S4-9 publishTags says of latest and the commit why an immutable registry does not get them", () => {
    const { left } = tags("prod", "v1.2.3");
    assert.deepEqual(left, [
      { tag: "latest", why: "prod takes vX.Y.Z" },
      { tag: COMMIT, why: "prod takes vX.Y.Z" },
    ]);
  });

  it("S2-4 publishTags gives a feature's image the feature's tag, and not latest", () => {
    assert.deepEqual(tags("dev", "v1.2.3", { branch: "sprint-12/feature/login form" }).set, [
      "feature-login-form-11e115b7",
      COMMIT,
    ]);
    assert.deepEqual(tags("dev", "v1.2.3", { branch: "main" }).set, ["v1.2.3", "latest", "dev", COMMIT]);
    assert.deepEqual(tags("dev", "v1.2.3", { branch: "feature/../.." }).set, ["feature-0cfd1c96", COMMIT]);
    assert.deepEqual(tags("dev", "v1.2.3", { branch: "feature/login" }).left, [
      { tag: "v1.2.3", why: "a feature's image is no release" },
    ]);
    const own = tags("dev", "v1.2.3-dev.3f2a9c1", { branch: "feature/login" });
    assert.deepEqual(own.set, ["v1.2.3-dev.3f2a9c1", "feature-login", COMMIT]);
  });

  it("S2-4 publishTags gives the features of two names two tags, whatever a tag can write of them", () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 130 }),
      fc.string({ unit: fc.constantFrom("x", "y", "/", "-", ".", " "), minLength: 1, maxLength: 4 }),
      fc.integer({ min: 118, max: 123 }).map((length) => "x".repeat(length)),
    );
    const tagOf = (of: string) => tags("dev", "v1.2.3", { branch: `feature/${of}` }).set[0] ?? "";
    assert.notEqual(tagOf("x/y"), tagOf("x-y"));
    fc.assert(
      fc.property(name, name, (one, other) => {
        const plain = (text: string) => text.replace(/\n[^]*/, "").replace(/^.*\/feature\//, "");
        fc.pre(plain(one) === one && plain(other) === other);
        assert.ok(tagAllowed(tagRules("dev", schemeOf()), tagOf(one)), tagOf(one));
        assert.equal(tagOf(one) === tagOf(other), one === other);
      }),
    );
  });

  it("S2-4 publishTags takes no version that was asked for in the first stage but the one that was built", () => {
    const feature = { branch: "feature/login" };
    for (const [version, tag] of [
      ["v1.2.3", "v9.9.9"],
      ["v1.2.3", "v1.2.4-dev.3f2a9c1"],
      ["v1.2.3-dev.3f2a9c1", "v1.2.3"],
      ["v1.2.3-beta.20261130123456", "v1.2.4-beta.20261130123456"],
      [COMMIT, "v1.2.3"],
    ] as const) {
      const { set, problems } = tags("dev", version, { ...feature, asked: [tag] });
      assert.ok(!set.includes(tag), tag);
      assert.deepEqual(problems, [
        `tag "${tag}" is another version than the one that was built; allowed: "${version}"`,
      ]);
    }
    for (const [version, tag] of [
      ["v1.2.3", "v1.2.3"],
      ["v1.2.3", "v1.2.3-dev.3f2a9c1"],
      ["v1.2.3-beta.20261130123456", "v1.2.3-dev.3f2a9c1"],
    ] as const)
      assert.deepEqual(tags("dev", version, { asked: [tag] }).problems, []);
  });

  it("publishTags takes a tag that was asked for where the rules do, and once", () => {
    assert.deepEqual(tags("dev", "v1.2.3", { asked: ["test-2026-11-21", "dev"] }).set, [
      ...["v1.2.3", "latest", COMMIT, "test-2026-11-21", "dev"],
    ]);
  });

  it("S2-4 publishTags takes a short commit that was asked for where it begins the one that was built, and no other", () => {
    for (const tag of [COMMIT.slice(0, 6), COMMIT.slice(0, 12), "v1.2.3-dev.3f2a9c1"])
      assert.deepEqual(tags("dev", "v1.2.3", { asked: [tag] }).problems, []);
    for (const tag of ["abc123", "f2a9c1d", `${COMMIT.slice(0, 39)}c`, "v1.2.3-dev.abc123"]) {
      const [problem] = tags("dev", "v1.2.3", { asked: [tag] }).problems;
      assert.match(
        problem ?? "",
        /names another commit than the one that was built; allowed: the first digits of "3f2a/,
      );
    }
  });

  it("S2-6 publishTags refuses latest, dev, test-* and commits where tags do not move", () => {
    for (const stage of DEFAULT_STAGES.slice(1)) {
      for (const tag of ["latest", "dev", "test-2026-11-21", "feature-login", COMMIT, COMMIT.slice(0, 7)]) {
        const { set, problems } = tags(stage, "v1.2.3", { asked: [tag] });
        assert.ok(!set.includes(tag));
        assert.equal(problems.length, 1);
        assert.match(problems[0] ?? "", new RegExp(`^tag "${tag}" is not allowed in ${stage}; allowed: v`));
      }
    }
  });

  it("S3-1 publishTags refuses a version of the other form in every stage, and says the product's", () => {
    for (const stage of DEFAULT_STAGES) {
      const [problem] = tags(stage, "1.2.3").problems;
      assert.match(problem ?? "", /^version "1\.2\.3" has no v in front.*allowed: v1\.2\.3$/);
    }
  });

  for (const [stage, version] of [
    ["prod", "v1.2.3-rc1"],
    ["prod", "v1.2.3-uat"],
    ["uat", "v0.0.1-qa"],
  ] as const) {
    it(`publishTags refuses ${version} in ${stage}, which would get no tag`, () => {
      assert.match(
        tags(stage, version).problems.join(),
        new RegExp(`version "${version}" gives no tag that ${stage} takes`),
      );
    });
  }

  const text = fc.oneof(
    fc.string({ maxLength: 140 }),
    fc.constantFrom("latest", "dev", "test-2026-11-21", "v1.2.3", "v1.2.3-rc1", "v1.2.3-qa", COMMIT, "constructor"),
  );
  it("publishTags sets nothing but what the rules take, loses no tag without a word, and moves none that is immutable", () => {
    fc.assert(
      fc.property(
        fc.record({
          stage: fc.constantFrom(...DEFAULT_STAGES),
          prereleases: fc.boolean(),
          version: text,
          commit: text,
          branch: text,
        }),
        fc.array(text, { maxLength: 3 }),
        ({ stage, prereleases, ...facts }, asked) => {
          const rules = tagRules(stage, schemeOf(), prereleases);
          const { set, left, problems } = publishTags({ stage, ...schemeOf(), rules, asked, ...facts });
          for (const tag of set) assert.ok(tagAllowed(rules, tag), tag);
          for (const { tag, why } of left) assert.ok(!tagAllowed(rules, tag) || why.includes("feature"), tag);
          assert.equal(new Set(set).size, set.length);
          for (const tag of asked) assert.ok(set.includes(tag) || problems.length > 0, tag);
          if (set.length === 0) assert.ok(problems.length > 0);
          if (rules.regime === "immutable") for (const tag of set) assert.match(tag, /^v\d/);
        },
      ),
    );
  });
});
