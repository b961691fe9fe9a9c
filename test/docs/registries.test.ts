import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { citationsOf, isTitleIn, ROOT } from "./titles";

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const ROWS = read("docs/registries.md")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| -"));
const [, SECTION = ""] = read("docs/field-cases.md").split("\n## Registries\n");
const CASES = (SECTION.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| ["));

const citesWell = (row: string): void => {
  const cited = citationsOf(row);
  assert.ok(cited.length > 0, `no test: ${row.slice(0, 100)}`);
  for (const one of cited) {
    assert.ok(existsSync(join(ROOT, one.file)) && isTitleIn(one), `“${one.title}” in ${one.file}`);
  }
};

describe("docs/registries.md", () => {
  it("names for each registry a test that there is, in the file that it says", () => {
    const registries = ROWS.slice(1).filter((row) => !row.includes("what holds for 2.8"));
    assert.ok(registries.length >= 12, String(registries.length));
    registries.forEach(citesWell);
  });
});

describe("docs/field-cases.md, registries", () => {
  it("links for each case a public report, and names a test that there is", () => {
    assert.ok(CASES.length >= 30, String(CASES.length));
    for (const row of CASES) {
      assert.match(row, /\]\(https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/(?:issues|pull)\/\d+\)/);
      citesWell(row);
    }
  });
});
