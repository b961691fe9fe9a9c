import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ROW_MUTATIONS } from "../support/mutations/rows";

const ROOT = resolve(__dirname, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** S0-7, and the rows of S2, S3 and S4, that a test names, with what the requirements say shows them. */
function shownRows(): ReadonlyMap<string, string> {
  const rows = read("docs/requirements.md")
    .split("\n")
    .flatMap((line) => {
      const [, row = "", , , shown = ""] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      return /^S(?:0-7|[234]-\d+)$/.test(row) && !shown.startsWith("none yet") ? [[row, shown] as const] : [];
    });
  return new Map(rows);
}

describe("mutations of requirement rows", () => {
  it("there is one for S0-7 and for each row of S2, S3 and S4 that a test names, and docs/requirements.md says which", () => {
    const rows = shownRows();
    assert.deepEqual([...new Set(ROW_MUTATIONS.map(({ row }) => row))].sort(), [...rows.keys()].sort());
    const unsaid = ROW_MUTATIONS.filter(({ row, what }) => rows.get(row)?.includes(`Fails where ${what}.`) !== true);
    assert.deepEqual(
      unsaid.map(({ row, what }) => `${row}: ${what}`),
      [],
    );
  });

  for (const { row, what, file, from, to, tests } of ROW_MUTATIONS) {
    it(`${row}: "${what}" changes one place, and tests of its row would run`, () => {
      assert.equal(read(file).split(from).length - 1, 1, `${file}: ${from}`);
      assert.notEqual(from, to);
      const named = tests.filter(
        (test) => existsSync(join(ROOT, test)) && new RegExp(`\\b${row}(?!\\d)`).test(read(test)),
      );
      assert.deepEqual(named, tests);
    });
  }
});
