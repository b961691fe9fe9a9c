import assert from "node:assert/strict";
import fc from "fast-check";
import { DualRegistryError } from "../../../src/base/errors";
import { chooseTag, type TagPolicy } from "../../../src/gitops/flux/policy";
import {
  compareFluxVersions,
  outOfRange,
  parseFluxRange,
  parseFluxVersion,
} from "../../../src/domain/cluster/fluxSemver";

const judged = (tags: readonly string[], policy: TagPolicy) =>
  chooseTag(tags, policy, "policy").tags.map(({ tag, verdict, why }) => `${tag} ${verdict}: ${why}`);

const semver = (range: string) => ({ kind: "semver", range }) as const;
const refuses = (act: () => unknown, problem: RegExp) =>
  assert.throws(act, (error) => error instanceof DualRegistryError && problem.test(error.message));

describe("chooseTag", () => {
  it("S3-2 chooseTag says of every tag why it is chosen or not", () => {
    const tags = ["v1.2.3", "v1.2.10", "1.2.10", "v1.3.0", "v1.2.11-rc1", "latest", "1.2", "v1.02.0"];
    assert.deepEqual(judged(tags, { order: semver("1.2.x") }), [
      "v1.2.3 lower: lower than v1.2.10",
      'v1.2.10 chosen: the highest version in "1.2.x"',
      "1.2.10 tie: equal to v1.2.10, which the registry lists first",
      'v1.3.0 out of range: not in "1.2.x"',
      'v1.2.11-rc1 prerelease: a prerelease, and "1.2.x" names none, such as -0',
      'latest no version: "latest" is no semantic version of three numbers',
      '1.2 no version: "1.2" is no semantic version of three numbers',
      'v1.02.0 no version: "v1.02.0" is no semantic version of three numbers',
    ]);
  });

  it("S3-2 chooseTag keeps candidates out by a pattern, and says where chance decides", () => {
    const filter = { pattern: "^v?(?P<version>1\\.\\d+\\.\\d+)$", extract: "$version" };
    const tags = ["v1.9.0-rc1", "v1.8.0", "v1.8.1", "1.8.1"];
    const choice = chooseTag(tags, { order: semver(">=1.0.0-0"), filter }, "policy");
    assert.equal(choice.winner, "1.8.1");
    assert.deepEqual(
      choice.tags.map(({ verdict }) => verdict),
      ["filtered", "lower", "replaced", "chosen"],
    );
    const tied = chooseTag(["v1.0.0", "1.0.0"], { order: semver("*"), filter: { pattern: "." } }, "policy");
    assert.equal(tied.certain, false);
    assert.match(tied.tags[1]?.why ?? "", /behind filterTags chance decides/);
  });

  it("S3-2 chooseTag orders by alphabet and by number", () => {
    const choose = (tags: readonly string[], policy: TagPolicy) => chooseTag(tags, policy, "policy").winner;
    const dates = ["2026-01-10", "2026-02-01", "2025-12-31"];
    assert.equal(choose(dates, { order: { kind: "alphabetical", order: "asc" } }), "2026-02-01");
    assert.equal(choose(dates, { order: { kind: "alphabetical", order: "desc" } }), "2025-12-31");
    const runs = ["main-9-abc", "main-10-def", "dev-99-abc"];
    const filter = { pattern: "^main-(\\d+)-[a-f]+$", extract: "$1" };
    assert.equal(choose(runs, { order: { kind: "numerical", order: "asc" }, filter }), "main-10-def");
    assert.equal(choose(runs, { order: { kind: "numerical", order: "desc" }, filter }), "main-9-abc");
    assert.equal(choose(["1.0", "1"], { order: { kind: "numerical", order: "asc" } }), "1");
    refuses(
      () => choose(["1", "latest"], { order: { kind: "numerical", order: "asc" } }),
      /"latest" of tag "latest" is no number/,
    );
  });

  it("chooseTag looks at no tag of a signature, as Flux's scan leaves them out", () => {
    assert.equal(
      chooseTag(["main", "sha256-ab.sig"], { order: { kind: "alphabetical", order: "asc" } }, "policy").winner,
      "main",
    );
  });

  it("chooseTag refuses what Flux refuses, and a pattern without an end", () => {
    const with_ = (pattern: string) => () =>
      chooseTag([`${"a".repeat(60)}!`], { order: semver("*"), filter: { pattern } }, "policy");
    refuses(with_("^(?!v)"), /holds what RE2 does not have/);
    const NOT_COMMON = [
      "(a)\\1",
      "\\y",
      "a{1001}",
      "a{2,1001}",
      "\\u0041",
      "[a-\\d]",
      "\\x{41}",
      "a\\z|b",
      "[]a]",
      "[^]a]",
      "[\\b]",
      "\\cA",
    ];
    for (const pattern of NOT_COMMON) refuses(with_(pattern), /holds what RE2 does not have/);
    for (const pattern of ["\\Aa\\z", "v\\d{1,1000}-\\d+", "[\\d-]\\.\\x41", "[^a-z\\]]", "(?P<v>a)"]) with_(pattern)();
    refuses(with_("(a"), /is no expression/);
    refuses(with_("a".repeat(1001)), /longer than 1000 characters/);
    refuses(with_("^(?:a+)+$"), /takes more than 2000 ms/);
    refuses(() => chooseTag(["1.0.0"], { order: semver(`${"1.0.0 ".repeat(60)}!`) }, "policy"), /none that Flux takes/);
  });

  it("S3-2 the winner is in the range, and nothing in the range is above it (property)", () => {
    const number = fc.constantFrom("0", "1", "2", "10");
    const version = fc
      .tuple(fc.constantFrom("", "v"), number, number, number, fc.constantFrom("", "", "-rc1", "-rc.2", "-rc.10", "-0"))
      .map(([v, a, b, c, pre]) => `${v}${a}.${b}.${c}${pre}`);
    const operator = fc.constantFrom("", "=", "!=", ">", "<", ">=", "<=", "~", "^");
    const range = fc
      .array(fc.tuple(operator, version), { minLength: 1, maxLength: 3 })
      .map((all) => all.map((each) => each.join("")).join(" "));
    fc.assert(
      fc.property(range, fc.array(version, { maxLength: 12 }), (text, tags) => {
        const { winner, tags: verdicts } = chooseTag(tags, { order: semver(text) }, "policy");
        const parsed = parseFluxRange(text, "range");
        const inside = tags.flatMap((tag) => {
          const parts = parseFluxVersion(tag);
          return parts !== undefined && outOfRange(parts, parsed) === undefined ? [parts] : [];
        });
        const best = winner === null ? undefined : parseFluxVersion(winner);
        assert.equal(best === undefined, inside.length === 0);
        for (const each of inside) assert.ok(best !== undefined && compareFluxVersions(best, each) >= 0);
        assert.equal(verdicts.length, tags.length);
        // Where no condition names a prerelease, none is chosen.
        if (!text.includes("-")) assert.ok(winner === null || !winner.includes("-"));
      }),
    );
  });
});
