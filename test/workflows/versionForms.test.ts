import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const GITHUB = resolve(__dirname, "../../.github");

/** What only an expression or a pattern of a version begins with: `v[0-9]`, `v*`, `v\d`, `^v`, `v(0|`; not a word of English. */
const FORM = /(?<![\w-])v(?:\[|\*|\\d|\(0|\$\{)|\^v/;

describe("workflows and the form of versions", () => {
  it("S3-1 no workflow spells the form of a version, or puts a v in front: they ask dualreg", () => {
    const files = readdirSync(GITHUB, { recursive: true, encoding: "utf8" }).filter((file) => /\.ya?ml$/.test(file));
    assert.ok(files.length > 10);
    for (const file of files)
      for (const line of readFileSync(join(GITHUB, file), "utf8").split("\n")) assert.doesNotMatch(line, FORM, file);
    // It finds what it looks for.
    for (const line of ["tags: [v*]", '[[ "$TAG" =~ ^v[0-9]+ ]]', 'TAG="v${VERSION}"', "v(0|[1-9])"])
      assert.match(line, FORM);
  });
});
