import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The project's own folder. */
export const ROOT = resolve(__dirname, "../..");

/** A test that a document names: its title, in which `…` stands for what differs, and its file. */
export interface Citation {
  title: string;
  file: string;
}

const plain = (text: string): string => text.replaceAll("’", "'");

/** What a document cites: “title” with the file in code behind it; a title without a file has that of the one before. */
export function citationsOf(text: string): Citation[] {
  let file = "";
  return [...text.matchAll(/“([^”]+)”(?:[^“]*?`(test\/[^`]+\.ts)`)?/g)].map(([, title = "", named]) => {
    file = named ?? file;
    return { title: plain(title), file };
  });
}

/** Titles of a file's tests as its source has them; `${...}` in a title is an `…`, and quotes are unescaped. */
function titlesIn(file: string): string[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  const titles = source.matchAll(/\bit\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)\s*,/g);
  return [...titles].map(([, quoted, template = ""]) =>
    plain((quoted ?? template.replaceAll(/\$\{[^}]*(?:\{[^}]*\}[^}]*)*\}/g, "…")).replaceAll(/\\(["'`])/g, "$1")),
  );
}

const words = (text: string, between: string): RegExp => {
  const parts = text.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(between)}$`, "s");
};

/**
 * Whether a title that a document cites is one of its file's. `…` in the citation is any text; where the file's title is
 * made of a table, what the citation has in its place must stand in that file.
 */
export function isTitleIn({ title, file }: Citation): boolean {
  const source = plain(readFileSync(join(ROOT, file), "utf8"));
  return titlesIn(file).some((one) => {
    if (words(title, ".*").test(one)) return true;
    if (!one.includes("…")) return false;
    const filled = words(one, "(.+)").exec(title)?.slice(1);
    return filled !== undefined && filled.every((text) => text === "…" || source.includes(text));
  });
}

/** Everything that the tests hold, as text by file: tests, their supports, and the policy pack's. */
export function testSources(folder = "test"): Map<string, string> {
  const found = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
  const files = found.filter((name) => /\.ts$/.test(name)).map((name) => `${folder}/${name.replaceAll("\\", "/")}`);
  return new Map(files.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
}

/**
 * Holds a table that compares us with others to its tests: each row's last cell cites tests that there are.
 *
 * @param heading how the line of its heading begins
 * @param columns cells of each row
 */
export function assertComparisonIsShown(document: string, heading: string, columns: number): void {
  const [, comparison = ""] = readFileSync(join(ROOT, document), "utf8").split(`\n${heading}`);
  const rows = comparison.split("\n").filter((line) => /^\| (?!point|-)/.test(line));
  assert.ok(rows.length >= 10);
  for (const row of rows) {
    const cells = row.split("|").slice(1, -1);
    assert.equal(cells.length, columns, row);
    const cited = citationsOf(cells.at(-1) ?? "");
    assert.ok(cited.length > 0, row);
    for (const one of cited)
      assert.ok(existsSync(join(ROOT, one.file)) && isTitleIn(one), `“${one.title}” in ${one.file}`);
  }
}
