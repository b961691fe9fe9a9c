import assert from "node:assert/strict";
import fc from "fast-check";
import { candidateAfter, nextCandidateOf, nextVersion } from "../../../src/domain/flow/nextMove";
import { listVersions, rollbackTarget } from "../../../src/domain/flow/versionList";
import { parseVersion, sortVersions } from "../../../src/domain/image/version";
import { schemeOf } from "../../support/scheme";

const V = schemeOf();
const [A, B, C] = ["a".repeat(40), "b".repeat(40), "c".repeat(40)];
const at = (commit: string, ...names: readonly string[]) => names.map((name) => ({ name, commit }));

describe("sortVersions", () => {
  it("S3-4 sortVersions counts candidates by number, in both forms, whatever order they come in", () => {
    const wanted = ["v1.2.4-beta2", "v1.2.3", "v1.2.3-uat", "v1.2.3-qa", "v1.2.3-rc10", "v1.2.3-rc.3", "v1.2.3-rc2"];
    fc.assert(
      fc.property(fc.shuffledSubarray(wanted, { minLength: wanted.length }), (tags) => {
        assert.deepEqual(
          sortVersions([...tags, "latest", "v1.2", "v1.2.3-rc01", "v1.2.3-rc.01"], V).map(({ tag }) => tag),
          wanted,
        );
      }),
    );
  });
});

describe("nextVersion", () => {
  it("S3-1 nextVersion is above every version there is, by one step, and strict semver", () => {
    const number = fc.nat(40);
    const tag = fc
      .tuple(number, number, number, fc.constantFrom("", "-rc1", "-rc.2", "-qa", "-beta3", "-x", "+b", "-dev.abc123"))
      .map(([x, y, z, end]) => `v${x}.${y}.${z}${end}`);
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 12 }), fc.constantFrom("patch", "minor", "major"), (tags, step) => {
        const next = nextVersion(tags, V, step);
        assert.equal(parseVersion(next, V)?.kind, "release");
        const [newest, before] = sortVersions([next, ...tags], V);
        assert.equal(newest?.tag, next);
        const [x = 0, y = 0, z = 0] = (before?.core ?? "v0.0.0").slice(1).split(".").map(Number);
        const wanted = { patch: [x, y, z + 1], minor: [x, y + 1, 0], major: [x + 1, 0, 0] }[step];
        assert.equal(next, `v${wanted.join(".")}`);
      }),
    );
  });

  it("S3-4 nextCandidateOf goes on by number in the form that the version's candidates have", () => {
    const rows: readonly (readonly [readonly string[], string])[] = [
      [[], "v0.0.1-rc1"],
      [["v1.1.3-rc1", "v1.1.3-rc2"], "v1.1.3-rc3"],
      [["v1.1.3-rc2", "v1.1.3-rc10", "v1.1.3-rc9"], "v1.1.3-rc11"],
      [["v1.1.3-rc.9", "v1.1.3-rc.10"], "v1.1.3-rc.11"],
      [["v1.1.3-rc1", "v1.1.3-rc.2"], "v1.1.3-rc.3"],
      [["v1.1.3-rc7", "v1.1.3"], "v1.1.4-rc1"],
      [["v1.1.3-rc7", "v1.2.0"], "v1.2.1-rc1"],
    ];
    for (const [tags, wanted] of rows) assert.equal(nextCandidateOf(tags, V), wanted, tags.join());
    assert.equal(candidateAfter("v2.0.0", ["v1.1.3-rc7"], V), "v2.0.0-rc1");
    assert.equal(nextCandidateOf(["1.1.3-rc1", "v1.1.9-rc1"], schemeOf(undefined, "none")), "1.1.3-rc2");
  });
});

describe("listVersions", () => {
  it("S3-1 S3-4 listVersions says of each tag what it is, whose candidate, for which stages, and what is no version", () => {
    const tags = [
      ...at(A, "v1.2.3-rc2", "v1.2.3-rc10", "v1.2.3-qa", "v1.2.3-uat", "v1.2.3"),
      ...at(B, "v1.3.0-rc.1", "v1.3.0-beta.20261101080910", "v1.3.0-dev.abc123", "1.3.0", "orders-v1.1.0", "latest"),
    ];
    const { versions, branches, others } = listVersions(tags, V);
    assert.deepEqual(
      versions.map(({ tag, release, released, stages }) => `${tag} ${release} ${released} ${stages.join(",")}`),
      [
        "v1.3.0-rc.1 v1.3.0 false qa,uat",
        "v1.2.3 v1.2.3 true prod",
        "v1.2.3-uat v1.2.3 true uat",
        "v1.2.3-qa v1.2.3 true qa",
        "v1.2.3-rc10 v1.2.3 true qa,uat",
        "v1.2.3-rc2 v1.2.3 true qa,uat",
      ],
    );
    assert.deepEqual(branches, [
      { tag: "v1.3.0-beta.20261101080910", commit: B, form: "beta", release: "v1.3.0" },
      { tag: "v1.3.0-dev.abc123", commit: B, form: "dev", release: "v1.3.0" },
    ]);
    assert.deepEqual(
      others.map(({ tag, why }) => `${tag}: ${why}`),
      [
        '1.3.0: version "1.3.0" has no v in front, and this product\'s versions have one (product.versionPrefix: v); allowed: v1.3.0',
        "orders-v1.1.0: v1.1.0 of chart orders",
        "latest: no version",
      ],
    );
  });

  it("listVersions loses no tag, whatever it is called", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 30 }), { maxLength: 20 }), (names) => {
        const { versions, branches, others } = listVersions(at(A, ...names), V);
        assert.deepEqual([...versions, ...branches, ...others].map(({ tag }) => tag).sort(), [...names].sort());
      }),
    );
  });
});

describe("rollbackTarget", () => {
  const whole = (commit: string, core: string) => at(commit, `${core}-qa`, `${core}-uat`, core);

  it("rollbackTarget goes to the newest whole release before the newest, and says which it passes over and why", () => {
    const tags = [...whole(A, "v1.0.0"), ...at(B, "v1.0.1-qa", "v1.0.1"), ...whole(C, "v1.0.10")];
    assert.deepEqual(rollbackTarget(tags, V), {
      from: "v1.0.10",
      to: { name: "v1.0.0", commit: A },
      passedOver: [{ tag: "v1.0.1", why: "there is no v1.0.1-uat" }],
    });
    const moved = [...at(A, "v1.0.0-qa", "v1.0.0"), ...at(B, "v1.0.0-uat"), ...whole(C, "v1.0.1")];
    assert.match(JSON.stringify(rollbackTarget(moved, V)), /v1\.0\.0-uat stands for another commit/);
  });

  it("S3-4 rollbackTarget takes a release that came as a candidate of the same commit, and none of another one", () => {
    const tags = [...at(A, "v1.0.0-rc2", "v1.0.0"), ...whole(C, "v1.0.1")];
    assert.deepEqual(rollbackTarget(tags, V), { from: "v1.0.1", to: { name: "v1.0.0", commit: A }, passedOver: [] });
    const other = [...at(B, "v1.0.0-rc2"), ...at(A, "v1.0.0"), ...whole(C, "v1.0.1")];
    assert.ok("problem" in rollbackTarget(other, V));
  });

  for (const [named, says] of [
    ["v1.0.2", /v1\.0\.2 is the newest release/],
    ["v1.0.1", /v1\.0\.1 is not whole: there is no v1\.0\.1-qa; name another one.*release check v1\.0\.1 --taken/],
    ["v9.9.9", /"v9\.9\.9" is no release before v1\.0\.2; allowed: v1\.0\.1, v1\.0\.0/],
    ["v1.0.0-qa", /is no release before/],
    ["1.0.0", /has no v in front.*allowed: v1\.0\.0/],
  ] as const) {
    it(`rollbackTarget refuses ${named}, with what is allowed`, () => {
      const tags = [...whole(A, "v1.0.0"), ...at(B, "v1.0.1"), ...whole(C, "v1.0.2")];
      const found = rollbackTarget(tags, V, named);
      assert.match("problem" in found ? found.problem : "", says);
    });
  }

  it("rollbackTarget has nothing to say where there is no release, or one", () => {
    assert.ok("problem" in rollbackTarget([], V));
    assert.match(JSON.stringify(rollbackTarget(whole(A, "v1.0.0"), V)), /no release before v1\.0\.0.*there is none/);
  });
});
