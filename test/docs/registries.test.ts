import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REGISTRY_KINDS, registryKindOf } from "../../src/domain/image/registryKind";
import { RULES, supportOf } from "../../src/domain/image/ruleSupport";
import { citationsOf, isTitleIn, ROOT } from "./titles";

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const SECTIONS = read("docs/registries.md").split("\n## ");
const rowsOf = (section = ""): string[] =>
  section.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| -"));
const ROWS = rowsOf(SECTIONS[0]);
const sectionOf = (title: string): string => SECTIONS.find((section) => section.startsWith(`${title}\n`)) ?? "";
const cellsOf = (row: string): string[] =>
  row
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
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

  it("says of every kind how it keeps a rule as the plan does", () => {
    const [head = "", ...rows] = rowsOf(sectionOf("What each kind keeps, and what is expected of its settings"));
    const kinds = cellsOf(head).slice(1).map(registryKindOf);
    assert.deepEqual(kinds, [...REGISTRY_KINDS]);
    assert.ok(rows.length >= 4, String(rows.length));
    for (const row of rows) {
      const [name, ...cells] = cellsOf(row);
      const rule = RULES.find((one) => one === name);
      assert.ok(rule, name);
      const words = cells.map((cell) => /^\w+/.exec(cell)?.[0]);
      assert.deepEqual(
        words,
        REGISTRY_KINDS.map((kind) => supportOf(kind)[rule].support),
        name,
      );
    }
  });

  it("names for the settings that are looked at tests that there are", () => {
    citesWell(sectionOf("Looking at the settings").replaceAll("\n", " "));
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
