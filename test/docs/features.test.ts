import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CONTROLS } from "../../src/controls/catalogue";
import { citationsOf, isTitleIn, ROOT } from "./titles";

const TEXT = readFileSync(join(ROOT, "docs/features.md"), "utf8");

/** The rows of the table under a heading, each as its cells; without its head. */
function tableUnder(heading: string): string[][] {
  const part = TEXT.split(/^## /m).find((one) => one.startsWith(heading)) ?? "";
  const lines = part.split("\n").filter((line) => line.startsWith("| "));
  const cells = lines.map((line) => line.split("|").slice(1, -1));
  return cells
    .map((row) => row.map((cell) => cell.trim()))
    .filter(([, second = ""], at) => at > 0 && !/^-+$/.test(second));
}

const BOTH = tableUnder("What both have");
const THEIRS = tableUnder("What they have and we have not");
const OURS = tableUnder("What we have beyond one registry");

describe("docs/features.md", () => {
  it("names for each feature of ours a test that there is, in the file that it says", () => {
    assert.deepEqual([BOTH.length > 10, THEIRS.length > 10, OURS.length > 10], [true, true, true]);
    for (const row of [...BOTH, ...OURS]) {
      const cited = citationsOf(row.at(-1) ?? "");
      assert.ok(cited.length > 0, `${row[0] ?? ""} names no test`);
      for (const one of cited) {
        assert.ok(existsSync(join(ROOT, one.file)) && isTitleIn(one), `${row[0] ?? ""}: “${one.title}” in ${one.file}`);
      }
    }
  });

  it("says yes of ours where both have it, and no where they alone have it", () => {
    for (const [feature = "", , , ours = ""] of BOTH) assert.match(ours, /^yes/, feature);
    for (const [feature = "", bicep, terraform, ours] of THEIRS) {
      assert.equal(ours, "no", feature);
      assert.ok([bicep, terraform].includes("yes"), feature);
    }
  });

  it("names only controls and folders that there are", () => {
    const ids = CONTROLS.map(({ id }) => id);
    for (const [feature = "", , , , why = ""] of THEIRS) {
      for (const [, word = ""] of why.matchAll(/`([^`]+)`/g)) {
        const isControl = ids.includes(word);
        assert.ok(isControl || word === "CanNotDelete" || existsSync(join(ROOT, word)), `${feature}: ${word}`);
      }
    }
  });
});
