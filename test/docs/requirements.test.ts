import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { citationsOf, isTitleIn, ROOT, testSources } from "./titles";

interface Row {
  id: string;
  where: string;
  shown: string;
}

const TEXT = readFileSync(join(ROOT, "docs/requirements.md"), "utf8");
/** How many rows each source document has. */
const COUNTS = { S0: 21, S1: 28, S2: 16, S3: 14, S4: 15 };

const rows: Row[] = TEXT.split("\n").flatMap((line) => {
  const [, id = "", , where = "", shown = ""] = line.split("|").map((cell) => cell.trim());
  return /^S[0-4]-\d+$/.test(id) ? [{ id, where, shown }] : [];
});

const statusOf = ({ where, shown }: Row): "shown" | "in part" | "begun" | "planned" => {
  if (shown.startsWith("shown: ")) return "shown";
  if (shown.startsWith("in part: ")) return "in part";
  return where.startsWith("begun: ") ? "begun" : "planned";
};

describe("docs/requirements.md", () => {
  it("has every row of every source once, in order", () => {
    const wanted = Object.entries(COUNTS).flatMap(([source, count]) =>
      Array.from({ length: count }, (_, at) => `${source}-${at + 1}`),
    );
    assert.deepEqual(
      rows.map(({ id }) => id),
      wanted,
    );
  });

  it("counts its rows as they are", () => {
    const count = (...of: string[]) => rows.filter((row) => of.includes(statusOf(row))).length;
    const begun = count("begun");
    assert.ok(
      TEXT.includes(
        `**94 rows: ${count("shown")} shown, ${count("in part")} in part, ${begun + count("planned")} planned ` +
          `(${begun} of those begun).**`,
      ),
    );
  });

  it("says of a row only that it is shown, shown in part with what is missing, or not yet", () => {
    for (const row of rows) {
      const status = statusOf(row);
      if (status === "begun" || status === "planned") assert.equal(row.shown, "none yet", row.id);
      if (status === "planned") assert.match(row.where, /^planned: /, row.id);
      if (status === "shown") assert.doesNotMatch(`${row.where} ${row.shown}`, /planned: |Missing/, row.id);
    }
  });

  it("names only files that there are, but for what is planned", () => {
    for (const { id, where, shown } of rows) {
      const standing = `${where.replace(/(?:^|; )planned: .*$/, "")} ${shown}`;
      for (const [, path = ""] of standing.matchAll(/`((?:src|test|docs|bench|\.github)\/[^`\s]*)`/g)) {
        assert.ok(existsSync(join(ROOT, path)), `${id} names ${path}`);
      }
    }
  });

  it("names only tests that there are, in the files that it says", () => {
    const missing = rows.flatMap(({ id, shown }) =>
      citationsOf(shown).flatMap((cited) => {
        const there = existsSync(join(ROOT, cited.file)) && isTitleIn(cited);
        return there ? [] : [`${id}: “${cited.title}” in ${cited.file}`];
      }),
    );
    assert.deepEqual(missing, []);
  });

  it("calls no row unshown that a test names", () => {
    const named = new Set([...testSources().values()].flatMap((text) => text.match(/\bS[0-4]-\d{1,2}\b/g) ?? []));
    const unshown = rows.filter(({ shown }) => shown === "none yet").map(({ id }) => id);
    assert.deepEqual(
      unshown.filter((id) => named.has(id)),
      [],
    );
  });
});
