import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, resolve } from "node:path";
import { callsOf } from "../support/docs/shellBlocks";
import { inertProgram, leavesOf, parseWords } from "../support/inertProgram";

const ROOT = resolve(__dirname, "../..");

const filesOf = (folder: string, ...extensions: readonly string[]): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => extensions.includes(extname(file)) && !file.includes("node_modules"))
    .map((file) => join(ROOT, folder, file));

const DOCUMENTS = [
  ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map((file) => join(ROOT, file)),
  ...filesOf("docs", ".md"),
  ...filesOf("examples", ".md"),
];
/** Texts that name commands in passing: documents, stage files, comments of workflows, and what commands themselves say. */
const TEXTS = [
  ...DOCUMENTS,
  ...filesOf("examples", ".yaml", ".yml"),
  ...filesOf(".github", ".yaml", ".yml"),
  ...filesOf("src", ".ts"),
  ...filesOf("policy", ".ts", ".md"),
];

interface Documented {
  where: string;
  words: readonly string[];
}

/** The whole command lines of the code of the documents; placeholders and variables stand for values. */
const LINES: readonly Documented[] = DOCUMENTS.flatMap((file) =>
  callsOf(readFileSync(file, "utf8"), "dualreg").map(({ line, words }) => ({
    where: `${relative(ROOT, file)}:${line}`,
    words: words.map((word) => (/^[<$]/.test(word) ? "value" : word)),
  })),
);

const LEAVES = new Map(leavesOf(inertProgram()).map(({ name, command }) => [name, command]));
const GROUPS = new Set([...LEAVES.keys()].flatMap((name) => (name.includes(" ") ? [name.split(" ")[0]] : [])));

/** Commands named in a text between backticks, or in a message: their words, as far as they are on one line. */
const MENTIONED: readonly Documented[] = TEXTS.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/`(?:npx |\$ )?dualreg ([a-z][^`\n]*)`/g)].map(([, rest = ""]) => ({
    where: relative(ROOT, file),
    words: rest.split(/[ |]+/).filter((word) => word !== ""),
  })),
);

/** What a mention has that no command has: an option it does not take, or a name that is none. */
function unknownIn(words: readonly string[]): string[] {
  const [first = "", second = "", third = ""] = words;
  if (GROUPS.has(first) && (words.length === 1 || second === "...")) return [];
  const command = LEAVES.get(first) ?? LEAVES.get(`${first} ${second}`) ?? LEAVES.get(`${first} ${second} ${third}`);
  if (command === undefined) return [`${first} ${second}`.trim()];
  const flags = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.replace(/[=,;].*$/, ""));
  return flags.filter((flag) => flag !== "--help" && !command.options.some(({ long }) => long === flag));
}

describe("the command lines of the documents", () => {
  it("each line of code is one that the command line takes (S1-28)", () => {
    assert.ok(LINES.length > 60, String(LINES.length));
    for (const { where, words } of LINES)
      assert.doesNotThrow(() => parseWords(words), `${where}: dualreg ${words.join(" ")}`);
  });

  it("each command that a text, a comment or a message names is there, with the options it names", () => {
    assert.ok(MENTIONED.length > 60, String(MENTIONED.length));
    assert.deepEqual(
      MENTIONED.flatMap(({ where, words }) => unknownIn(words).map((unknown) => `${where}: ${unknown}`)),
      [],
    );
  });

  it("the test would notice: a name and an option that are none, and a line that lacks what is mandatory", () => {
    assert.deepEqual(unknownIn(["image", "sweeep"]), ["image sweeep"]);
    assert.deepEqual(unknownIn(["release", "check", "v1", "--comit", "x"]), ["--comit"]);
    assert.throws(() => parseWords(["image", "lock", "orders/api:v1"]));
    assert.throws(() => parseWords(["release", "check", "v1", "--version", "v1", "--version", "v2"]));
  });
});
