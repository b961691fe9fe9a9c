import assert from "node:assert/strict";
import { assert as property, constantFrom, date, property as all, stringMatching, tuple } from "fast-check";
import { compare, valid } from "semver";
import {
  branchOf,
  branchVersion,
  type BranchVersionInput,
  coversBranches,
  DEFAULT_BRANCHES,
  matchesBranch,
} from "../../../src/domain/image/branchVersion";
import { tagAllowed, tagRules } from "../../../src/domain/image/tags";
import { schemeOf } from "../../support/scheme";

const AT = new Date("2026-11-01T08:09:10Z");
const DEV = tagRules("dev", schemeOf());

const made = (different: Partial<BranchVersionInput>) =>
  branchVersion({ core: "v1.0.0", branch: "main", createdAt: AT, rules: DEFAULT_BRANCHES, ...different });

function versionOf(different: Partial<BranchVersionInput>): string {
  const result = made(different);
  return "version" in result ? result.version : assert.fail(result.problem);
}

describe("branchVersion", () => {
  it("S4-8 branchVersion makes a version of main, a beta with its time of develop, and a commit's own of a feature", () => {
    assert.equal(versionOf({}), "v1.0.0");
    assert.equal(versionOf({ branch: "develop" }), "v1.0.0-beta.20261101080910");
    assert.equal(versionOf({ branch: "feature/test-feature", commit: "abc123" }), "v1.0.0-dev.abc123");
    assert.equal(versionOf({ branch: "mainline", commit: "abcdef0123".repeat(4) }), "v1.0.0-dev.abcdef0");
  });

  it("S4-8 branchVersion makes betas and commits' versions that are semantic and that the first stage takes, whatever time and commit", () => {
    const commits = stringMatching(/^[0-9a-f]{40}$|^0\d{5}[0-9a-f]{34}$/);
    const times = date({ min: new Date("2000-01-01"), max: new Date("2199-12-31"), noInvalidDate: true });
    property(
      all(tuple(constantFrom("develop", "feature/a", "x"), commits, times), ([branch, commit, createdAt]) => {
        const result = made({ branch, commit, createdAt });
        // Forty digits behind a zero have no beginning that is an identifier.
        if ("problem" in result) {
          assert.match(commit, /^0\d{39}$/);
          return;
        }
        assert.ok(valid(result.version) !== null, result.version);
        assert.ok(tagAllowed(DEV, result.version), result.version);
      }),
    );
  });

  it("branchVersion gives later betas the greater version, and all of them one below the version itself", () => {
    const [first, later] = [AT, new Date("2026-11-01T08:09:11Z")].map((createdAt) =>
      versionOf({ branch: "develop", createdAt }),
    );
    assert.equal(compare(first ?? "", later ?? ""), -1);
    assert.equal(compare(later ?? "", "v1.0.0"), -1);
  });

  it("branchVersion takes more of a commit whose beginning is a number with a zero in front, and says so where there is none", () => {
    assert.equal(versionOf({ branch: "x", commit: `01234567a${"0".repeat(31)}` }), "v1.0.0-dev.01234567a");
    assert.deepEqual(made({ branch: "x", commit: "012345" }), {
      problem: "commit 012345 reads as a number with a zero in front, which no version may have; give more of it",
    });
    assert.equal(versionOf({ branch: "x", commit: "1234567" }), "v1.0.0-dev.1234567");
  });

  it("branchVersion asks for the commit where a version bears it, and for a rule where none matches", () => {
    const missing = made({ branch: "feature/x" });
    assert.match("problem" in missing ? missing.problem : "", /none was given; give --commit/);
    const unknown = made({ branch: "other", rules: [{ branch: "main", version: "release" }] });
    assert.deepEqual(unknown, { problem: 'no rule is for branch "other"; allowed: main' });
  });

  it("branchVersion goes by the first rule that matches", () => {
    const rules = [
      { branch: "release/*", version: "beta" },
      { branch: "**", version: "release" },
    ] as const;
    assert.equal(versionOf({ branch: "release/1", rules }), "v1.0.0-beta.20261101080910");
    assert.equal(versionOf({ branch: "release/1/fix", rules }), "v1.0.0");
  });
});

describe("matchesBranch", () => {
  it("matchesBranch takes * for text without a slash, ** for any, and everything else as it is written", () => {
    const cases: readonly [pattern: string, name: string, matches: boolean][] = [
      ["main", "main", true],
      ["main", "main2", false],
      ["feature/*", "feature/a", true],
      ["feature/*", "feature/a/b", false],
      ["feature/**", "feature/a/b", true],
      ["**", "a/b", true],
      ["v1.x", "v1ax", false],
      ["*-fix", "a-fix", true],
    ];
    for (const [branch, name, matches] of cases) assert.equal(matchesBranch({ branch }, name), matches, branch);
  });
});

describe("coversBranches", () => {
  it("coversBranches is true where every branch of the second pattern is one of the first", () => {
    const cases: readonly [first: string, second: string, covers: boolean][] = [
      ["main", "main", true],
      ["**", "*", true],
      ["*", "**", false],
      ["feature/**", "feature/x/*", true],
      ["feature/*", "feature/**", false],
      ["feature/*", "feature/*-fix", true],
      ["feature/*-fix", "feature/*", false],
      ["*/**", "**/*", true],
      ["release/1", "release/*", false],
      ["a*", "*", false],
    ];
    for (const [first, second, covers] of cases) {
      assert.equal(coversBranches({ branch: first }, { branch: second }), covers, `${first} ${second}`);
    }
  });
});

describe("branchOf", () => {
  it("branchOf takes a name and the ref of a branch, and nothing for a tag, a pull request or nothing", () => {
    assert.deepEqual(
      ["develop", "refs/heads/feature/x", "refs/tags/v1.0.0", "refs/pull/1/merge", "refs/heads/", ""].map(branchOf),
      ["develop", "feature/x", undefined, undefined, undefined, undefined],
    );
  });
});
