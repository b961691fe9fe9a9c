import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { citationsOf, isTitleIn, ROOT } from "./titles";

describe("docs/gitops.md", () => {
  it("names for each point of the comparison a test that there is, in the file that it says", () => {
    const [, comparison = ""] = readFileSync(join(ROOT, "docs/gitops.md"), "utf8").split("\n## Beside Kargo");
    const rows = comparison.split("\n").filter((line) => /^\| (?!point|-)/.test(line));
    assert.ok(rows.length >= 10);
    for (const row of rows) {
      const cells = row.split("|").slice(1, -1);
      assert.equal(cells.length, 7, row);
      const cited = citationsOf(cells.at(-1) ?? "");
      assert.ok(cited.length > 0, row);
      for (const one of cited)
        assert.ok(existsSync(join(ROOT, one.file)) && isTitleIn(one), `“${one.title}” in ${one.file}`);
    }
  });
});
