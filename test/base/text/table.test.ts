import assert from "node:assert/strict";
import { code, markdownTable } from "../../../src/base/text/markdown";
import { terminalTable } from "../../../src/base/text/table";

describe("terminalTable", () => {
  it("terminalTable lines columns up, with two spaces between and none at an end", () => {
    assert.deepEqual(
      terminalTable([
        ["a", "bc", ""],
        ["abc", "d"],
      ]),
      ["a    bc", "abc  d"],
    );
    assert.deepEqual(terminalTable([]), []);
  });

  it("terminalTable shows an unsafe character as its escape, and leaves room for it", () => {
    assert.deepEqual(
      terminalTable([
        ["a\u2066", "b"],
        ["c", "d\n"],
      ]),
      ["a\\u2066  b", "c        d\\u000a"],
    );
  });
});

describe("markdownTable", () => {
  it("markdownTable keeps text as text in its cell, and Markdown as it is", () => {
    assert.equal(
      markdownTable(["What"], [["a|b*\n"], [code("x|y")], [3]]),
      "| What |\n| --- |\n| a\\|b\\*\\\\u000a |\n| <code>x&#124;y</code> |\n| 3 |",
    );
  });
});
