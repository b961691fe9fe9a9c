import assert from "node:assert/strict";
import fc from "fast-check";
import { DualRegistryError } from "../../../src/base/errors";
import { moveRange } from "../../../src/gitops/flux/moveRange";
import { chooseTag } from "../../../src/gitops/flux/policy";

const move = (range: string, release: string, isLast = false, pattern?: string) =>
  moveRange(
    { order: { kind: "semver", range }, ...(pattern === undefined ? {} : { filter: { pattern } }) },
    { release, isLast, where: "policy" },
  ).to;

const refuses = (act: () => unknown, problem: RegExp) =>
  assert.throws(
    act,
    (error) => error instanceof DualRegistryError && error.code === "CHANGE_REFUSED" && problem.test(error.message),
  );

describe("moveRange", () => {
  for (const [from, release, to] of [
    ["1.2.x", "v1.3.0", "1.3.x"],
    ["1.2.x", "1.2.9", "1.2.x"],
    ["v1.2.x", "v2.0.0", "v2.0.x"],
    ["1.x", "2.1.3", "2.x"],
    ["1", "2.1.3", "2"],
    ["1.2", "v1.3.4", "1.3"],
    ["~1.2.3", "v1.3.4", "~1.3.0"],
    ["~1.2", "v1.3.4", "~1.3"],
    ["^1.2.0", "v1.9.0", "^1.2.0"],
    ["^1.2.0", "v2.3.1", "^2.0.0"],
    ["^0.2.3", "v0.3.1", "^0.3.0"],
    [">=1.2.0 <1.3.0", "v1.3.0", ">=1.3.0 <1.4.0"],
    [">=1.2.0, <1.3.0", "v2.0.1", ">=2.0.0, <2.1.0"],
    [">= 1.0.0 < 2.0.0", "2.0.0", ">= 2.0.0 < 3.0.0"],
    [">=1.2.0-0 <1.3.0-0", "v1.3.0-rc1", ">=1.3.0-0 <1.4.0-0"],
    ["~1.2.0-0", "v1.3.0-rc.1", "~1.3.0-0"],
    ["1.2.x-0", "v1.3.0-rc1", "1.3.x-0"],
    [">=1.0.0", "v9.0.0", ">=1.0.0"],
    ["*", "v9.0.0", "*"],
  ] as const) {
    it(`S3-2 moveRange makes ${to} of ${from} for ${release}`, () => assert.equal(move(from, release), to));
  }

  it("S3-2 moveRange keeps candidates out of the last stage", () => {
    assert.equal(move("1.2.x-0", "v1.3.0", true), "1.3.x");
    assert.equal(move(">=1.2.0-0 <1.3.0-0", "v1.2.4", true), ">=1.2.0 <1.3.0");
    refuses(
      () => move("1.2.x-0", "v1.3.0-rc1", true),
      /"v1\.3\.0-rc1" is no release, and this stage takes nothing else/,
    );
  });

  for (const [name, act, problem] of [
    [
      "a release below the range",
      () => move("1.2.x", "v1.1.9"),
      /v1\.1\.9 is below range "1\.2\.x", and a range does not move back/,
    ],
    [
      "a candidate that the range would not take",
      () => move("1.2.x", "v1.3.0-rc1"),
      /would not take v1\.3\.0-rc1 with range "1\.3\.x": a prerelease/,
    ],
    [
      "a pattern that takes other versions",
      () => move("1.2.x", "v1.3.0", false, "^v1\\.2\\."),
      /pattern .* does not take it/,
    ],
    ["several ways", () => move("1.2.x || 1.4.x", "v1.5.0"), /several ways/],
    ["one version", () => move("=1.2.3", "v1.5.0"), /has a form that is not moved/],
    ["an odd window", () => move(">=1.2.0 <1.9.0", "v1.9.0"), /has a form that is not moved/],
    ["what is no version", () => move("1.2.x", "latest"), /"latest" is no semantic version/],
  ] as const) {
    it(`S3-2 moveRange refuses ${name}`, () => refuses(act, problem));
  }

  it("S3-2 a moved range takes the release and what follows it in its line, and in the last stage no candidate (property)", () => {
    const number = fc.integer({ min: 0, max: 30 });
    const form = fc.constantFrom("X.Y.x", "X.x", "~X.Y.0", "^X.Y.0", ">=X.Y.0 <X.Z.0", "vX.Y.x", "X.Y.x-0", "~X.Y.0-0");
    fc.assert(
      fc.property(
        form,
        number,
        number,
        number,
        number,
        fc.boolean(),
        fc.constantFrom("", "v"),
        (text, x, y, up, patch, major, v) => {
          const from = text
            .replace("X.Z", `${x}.${y + 1}`)
            .replace("X", String(x))
            .replace("Y", String(y));
          const [a, b] = major ? [x + up, 0] : [x, y + up];
          fc.pre(a > x || b >= y);
          const release = `${v}${a}.${b}.${patch}`;
          const to = move(from, release, true);
          const order = { kind: "semver", range: to } as const;
          const newer = [`${v}${a}.${b}.${patch + 1}`, `${v}${a}.${b}.${patch + 2}-rc1`];
          assert.equal(chooseTag([release, ...newer], { order }, "policy").winner, newer[0]);
          assert.equal(move(to, release, true), to);
        },
      ),
    );
  });
});
