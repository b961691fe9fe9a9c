import assert from "node:assert/strict";
import { ownersOf } from "../../src/gitops/owners";

/** Patterns of GitHub's own page, "About code owners", and sections of GitLab's, "Code Owners syntax". */
const FILE = `# owners
*       @all
*.js    @js-owner #comment
/build/logs/ @doctocat
docs/*  docs@example.com
apps/   @octocat
/apps/github
**/logs @logs
/clusters/prod/ @company/sre @x
!unread[ @x
[Reviews] @reviewers
/clusters/
^[Optional][2]
/clusters/prod/secret.yaml @company/security
`;

const CASES: readonly [string, readonly string[]][] = [
  ["README.md", ["@all"]],
  ["src/a.js", ["@js-owner"]],
  ["build/logs/a/b.log", ["@logs"]],
  ["docs/a.md", ["docs@example.com"]],
  ["docs/b/c.md", ["@all"]],
  ["x/apps/q/z", ["@octocat"]],
  ["apps/github", []],
  ["apps/github/x", []],
  ["deep/logs/a", ["@logs"]],
  ["clusters/prod/inventory.yaml", ["@company/sre", "@reviewers", "@x"]],
  ["clusters/qa/inventory.yaml", ["@all", "@reviewers"]],
  ["clusters/prod/secret.yaml", ["@company/security", "@company/sre", "@reviewers", "@x"]],
];

describe("ownersOf", () => {
  for (const [path, owners] of CASES) {
    it(`S3-8 ownersOf gives ${path} to ${owners.join(", ") || "nobody"}`, () => {
      assert.deepEqual(ownersOf(FILE, path).owners, owners);
    });
  }

  it("S3-8 ownersOf says which patterns it does not read", () => {
    assert.deepEqual(ownersOf(FILE, "README.md").unread, ["!unread["]);
    assert.deepEqual(ownersOf("", "README.md"), { owners: [], unread: [] });
  });
});
