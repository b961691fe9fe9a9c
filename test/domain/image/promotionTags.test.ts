import assert from "node:assert/strict";
import fc from "fast-check";
import { edgeProblems, promotionTag, versionProblems } from "../../../src/domain/image/promotionEdge";
import { tagAllowed, tagRules } from "../../../src/domain/image/tags";
import { parseVersion } from "../../../src/domain/image/version";
import { type Stage, DEFAULT_STAGES } from "../../../src/domain/stage";
import { schemeOf } from "../../support/scheme";

const TABLE: readonly [string, Stage, Stage, string][] = [
  ["v1.2.3", "dev", "qa", "v1.2.3-qa"],
  ["v1.2.3-rc1", "dev", "qa", "v1.2.3-rc1"],
  ["v1.2.3-qa", "qa", "uat", "v1.2.3-uat"],
  ["v1.2.3-rc1", "qa", "uat", "v1.2.3-rc1"],
  ["v1.2.3-rc.10", "qa", "uat", "v1.2.3-rc.10"],
  ["v1.2.3-beta2", "qa", "uat", "v1.2.3-beta2"],
  ["v1.2.3-uat", "uat", "prod", "v1.2.3"],
  ["v1.2.3-rc10", "uat", "prod", "v1.2.3"],
  ["v1.2.3", "uat", "prod", "v1.2.3"],
];

describe("promotionTag", () => {
  for (const [version, from, to, tag] of TABLE) {
    it(`S2-9 S3-4 S3-11 promotionTag calls ${version} of ${from} ${tag} in ${to}`, () => {
      assert.deepEqual(promotionTag(version, { from, to, ...schemeOf() }, tagRules(to, schemeOf())), {
        tag,
      });
    });
  }

  for (const [version, from, to, why] of [
    ["latest", "dev", "qa", /is not a version/],
    ["3f2a9c1d5e7b8a6f4c2d1e0f9a8b7c6d5e4f3a2b", "dev", "qa", /is not a version/],
    ["v1.2.3-uat", "qa", "uat", /is a version of uat.*allowed: v1\.2\.3-qa/],
    ["v1.2.3-qa", "uat", "prod", /is a version of qa.*allowed: v1\.2\.3-uat/],
    ["v1.2.3-beta1", "uat", "prod", /would be "v1\.2\.3-beta1" in prod, which takes vX\.Y\.Z/],
    ["v01.2.3", "dev", "qa", /is not a version/],
    ["v1.2.3\n", "dev", "qa", /is not a version/],
  ] as const) {
    it(`promotionTag has no name for ${JSON.stringify(version)} from ${from} to ${to}, and says why`, () => {
      const result = promotionTag(version, { from, to, ...schemeOf() }, tagRules(to, schemeOf()));
      assert.ok("problem" in result);
      assert.match(result.problem, why);
    });
  }

  it("S2-9 versionProblems takes a branch's version for the numbers that it has, and no others", () => {
    for (const source of ["v1.2.3-beta.20261130123456", "v1.2.3-dev.0123abc"]) {
      assert.deepEqual(versionProblems({ source, wanted: "v1.2.3-rc1" }, schemeOf()), []);
      assert.deepEqual(versionProblems({ source, wanted: "v9.9.9-rc1" }, schemeOf()), [
        `"v9.9.9-rc1" is promoted from "${source}", which is another version; allowed: one of v1.2.3`,
      ]);
    }
  });

  it("S2-9 promotionTag makes a candidate the release in a prod that takes candidates too", () => {
    const edge = { from: "uat", to: "prod", ...schemeOf() };
    assert.deepEqual(promotionTag("v1.2.3-rc2", edge, tagRules("prod", schemeOf(), true)), { tag: "v1.2.3" });
    assert.deepEqual(promotionTag("v1.2.3-beta2", edge, tagRules("prod", schemeOf(), true)), {
      tag: "v1.2.3-beta2",
    });
  });

  it("promotionTag gives nothing but what the target takes, and never another version", () => {
    const number = fc.nat({ max: 30 });
    const suffix = fc.oneof(
      fc.constantFrom("", "-qa", "-uat", "-dev", "-prod"),
      number.map((n) => `-rc${n}`),
      number.map((n) => `-beta.${n}`),
      // A digit more would be another version.
      fc.string({ maxLength: 5 }).filter((end) => !/^\d/.test(end)),
    );
    fc.assert(
      fc.property(number, number, number, suffix, fc.constantFrom("qa", "uat", "prod"), (x, y, z, end, to) => {
        const from = DEFAULT_STAGES[DEFAULT_STAGES.indexOf(to) - 1] ?? "dev";
        const rules = tagRules(to, schemeOf());
        const result = promotionTag(`v${x}.${y}.${z}${end}`, { from, to, ...schemeOf() }, rules);
        if ("problem" in result) return;
        assert.ok(tagAllowed(rules, result.tag), result.tag);
        assert.equal(parseVersion(result.tag, schemeOf())?.core, `v${x}.${y}.${z}`);
      }),
    );
  });
});

describe("edgeProblems", () => {
  it("S0-19 edgeProblems lets a release go from each stage to the next, and nowhere else", () => {
    for (const from of DEFAULT_STAGES) {
      for (const to of DEFAULT_STAGES) {
        const next = DEFAULT_STAGES.indexOf(to) === DEFAULT_STAGES.indexOf(from) + 1;
        assert.equal(edgeProblems(from, to, DEFAULT_STAGES).length, next ? 0 : 1, `${from} -> ${to}`);
      }
    }
  });

  it("S0-19 edgeProblems names the wrong edge and the right one", () => {
    assert.match(
      edgeProblems("dev", "prod", DEFAULT_STAGES)[0] ?? "",
      /^dev -> prod is not a step.*skips a stage; allowed: uat -> prod$/,
    );
    assert.match(edgeProblems("prod", "qa", DEFAULT_STAGES)[0] ?? "", /it goes back; allowed: dev -> qa$/);
    assert.match(edgeProblems("qa", "qa", DEFAULT_STAGES)[0] ?? "", /one stage; allowed: dev -> qa$/);
    assert.match(edgeProblems("qa", "dev", DEFAULT_STAGES)[0] ?? "", /nothing is promoted to dev/);
  });
});

describe("versionProblems", () => {
  it("versionProblems holds source and wanted to one version, whatever the suffix", () => {
    assert.deepEqual(versionProblems({ source: "v1.2.3-rc1", wanted: "v1.2.3" }, schemeOf()), []);
    assert.deepEqual(versionProblems({ source: "latest", wanted: "v1.2.3-rc1" }, schemeOf()), []);
    assert.match(
      versionProblems({ source: "v1.2.3-rc1", wanted: "v1.2.4" }, schemeOf())[0] ?? "",
      /another version; allowed: one of v1\.2\.3/,
    );
    assert.equal(versionProblems({ source: "v1.2.3", wanted: "latest" }, schemeOf()).length, 1);
  });
});
