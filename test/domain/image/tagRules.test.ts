import assert from "node:assert/strict";
import fc from "fast-check";
import { tagAllowed, tagRules } from "../../../src/domain/image/tags";
import { parseVersion } from "../../../src/domain/image/version";
import { DEFAULT_STAGES } from "../../../src/domain/stage";
import { schemeOf } from "../../support/scheme";

/** What is a version with numbers of so many digits, in every form. */
const written = (digits: number): string[] => {
  const number = "1".repeat(digits);
  return [
    `v${number}.0.0`,
    `v0.${number}.0`,
    `v1.2.${number}`,
    `v1.2.3-rc${number}`,
    `v1.2.3-rc.${number}`,
    `v1.2.3-beta${number}`,
  ];
};

const SHA = "3f2a9c1d5e7b8a6f4c2d1e0f9a8b7c6d5e4f3a2b";
const TABLE: { tag: string; dev: boolean; qa: boolean; uat: boolean; prod: boolean; prereleases: boolean }[] = [
  { tag: "latest", dev: true, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "dev", dev: true, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "feature-login", dev: true, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "test-2026-11-21", dev: true, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "test-20261121", dev: true, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "test-20261341", dev: false, qa: false, uat: false, prod: false, prereleases: false },
  { tag: SHA, dev: true, qa: false, uat: false, prod: false, prereleases: false },
  { tag: SHA.slice(0, 7), dev: true, qa: false, uat: false, prod: false, prereleases: false },
  { tag: SHA.slice(0, 6), dev: true, qa: false, uat: false, prod: false, prereleases: false },
  { tag: SHA.slice(0, 5), dev: false, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "v1.2.3-beta.20261101080910", dev: true, qa: true, uat: true, prod: false, prereleases: true },
  { tag: "v1.2.3-dev.abc123", dev: true, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "v1.2.3-dev.012345", dev: false, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "v1.2.3-dev", dev: false, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "v1.2.3", dev: true, qa: false, uat: false, prod: true, prereleases: true },
  { tag: "v1.2.3-rc1", dev: false, qa: true, uat: true, prod: false, prereleases: true },
  { tag: "v1.2.3-rc.12", dev: false, qa: true, uat: true, prod: false, prereleases: true },
  { tag: "v1.2.3-beta2", dev: false, qa: true, uat: true, prod: false, prereleases: true },
  { tag: "v0.0.1-qa", dev: false, qa: true, uat: false, prod: false, prereleases: false },
  { tag: "v0.0.1-uat", dev: false, qa: false, uat: true, prod: false, prereleases: false },
  { tag: "1.2.3", dev: false, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "v01.2.3", dev: false, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "v1.2", dev: false, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "v1.2.3\n", dev: false, qa: false, uat: false, prod: false, prereleases: false },
  { tag: "v1.2.3+build", dev: false, qa: false, uat: false, prod: false, prereleases: false },
];

describe("tagRules", () => {
  it("S2-5 S3-1 tagRules takes as a version what is one everywhere else, and nothing longer", () => {
    const scheme = schemeOf();
    for (const digits of [1, 9, 10, 11, 14, 15])
      for (const tag of written(digits)) {
        const taken = DEFAULT_STAGES.some((stage) => tagAllowed(tagRules(stage, scheme), tag));
        assert.equal(taken, parseVersion(tag, scheme) !== undefined, tag);
      }
    assert.ok(tagAllowed(tagRules("prod", scheme), `v${"1".repeat(10)}.0.0`));
  });

  for (const row of TABLE) {
    it(`S2-4 S2-5 S2-6 tagRules decides ${JSON.stringify(row.tag)} for every stage`, () => {
      for (const stage of DEFAULT_STAGES)
        assert.equal(tagAllowed(tagRules(stage, schemeOf()), row.tag), row[stage as "dev"], stage);
      assert.equal(tagAllowed(tagRules("prod", schemeOf(), true), row.tag), row.prereleases);
    });
  }

  it("S2-2 S2-3 tagRules lets tags move in dev alone", () => {
    assert.deepEqual(
      DEFAULT_STAGES.map((stage) => tagRules(stage, schemeOf()).regime),
      ["mutable", "immutable", "immutable", "immutable"],
    );
  });

  it("tagAllowed takes nothing that the distribution specification does not", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 140 }), fc.constantFrom(...DEFAULT_STAGES), (tag, stage) => {
        if (tagAllowed(tagRules(stage, schemeOf()), tag)) assert.match(tag, /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);
      }),
    );
  });
});
