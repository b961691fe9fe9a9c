import assert from "node:assert/strict";
import fc from "fast-check";
import { load } from "js-yaml";
import { bumpChart, readChart } from "../../src/versions/chart";
import { bumpLock, bumpPackage } from "../../src/versions/packageVersion";
import { refuses } from "../support/signing/samples";
import { CHART, LOCK, PACKAGE } from "../support/versions/versionRepo";

const TO = { version: "1.1.0", appVersion: "v1.1.0" };
const FILE = "deploy/Chart.yaml";
const bump = (text: string): string => bumpChart(text, FILE, TO);

describe("bumpChart", () => {
  it("S4-10 bumpChart writes version and appVersion, and leaves every other byte", () => {
    const wanted = CHART.replace("version: 1.0.0   #", "version: 1.1.0   #").replace('"v1.0.0"', '"v1.1.0"');
    assert.equal(bump(CHART), wanted);
    assert.deepEqual(readChart(wanted, FILE), { name: "orders", ...TO });
  });

  it("S4-10 bumpChart keeps line ends, a mark of the byte order, quotes, and a file without a last line feed", () => {
    for (const before of [
      CHART.replaceAll("\n", "\r\n"),
      `\ufeff${CHART}`,
      CHART.trimEnd(),
      `---\n${CHART}`,
      CHART.replace("version: 1.0.0   #", "version:    '1.0.0' #"),
      "version: 1.0.0\nname: orders\n",
      "appVersion: v0.9.0\nversion: 1.0.0\nname: orders",
    ]) {
      const after = bump(before);
      const numbers = (text: string) =>
        text.replace(/^(\W*(?:appV|.*v)ersion\W.*)$/gm, (line) => line.replace(/\d+\.\d+\.\d+/g, "N"));
      assert.equal(numbers(after), numbers(before));
      assert.equal(readChart(after, FILE).version, "1.1.0", before);
      assert.equal(after.startsWith("\ufeff"), before.startsWith("\ufeff"));
      assert.equal(/(?<!\r)\n/.test(after), /(?<!\r)\n/.test(before));
    }
  });

  it("S4-10 bumpChart changes what a chart says of its versions and nothing else, whatever is around", () => {
    const word = fc
      .stringMatching(/^[a-z][a-zA-Z]{0,8}$/)
      .filter((key) => !["version", "appVersion", "name"].includes(key));
    const value = fc.oneof(
      fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)),
      fc.constantFrom(
        "1.0.0",
        "[a, b]",
        "{ version: 1.0.0 }",
        "|\n  version: 1.0.0\n  x",
        ">-\n  a\n\n  b",
        "\n  version: 2.0.0",
        "~",
        "",
      ),
    );
    const lines = fc.uniqueArray(fc.tuple(word, value, fc.constantFrom("", "  # version: 1.0.0")), {
      selector: ([key]) => key,
      maxLength: 5,
    });
    fc.assert(
      fc.property(lines, fc.nat(5), fc.constantFrom("1.0.0", '"1.0.0"', "'1.0.0'"), (others, place, own) => {
        const texts = others.map(([key, text, comment]) => `${key}: ${text}${text.includes("\n") ? "" : comment}`);
        texts.splice(place, 0, "name: orders", `version: ${own} # own`, "appVersion: v1.0.0");
        const before = `${texts.join("\n")}\n`;
        const after = bump(before);
        assert.deepEqual(load(after), { ...(load(before) as object), ...TO });
        assert.equal(after.length, before.length);
      }),
    );
  });

  for (const [what, text, says] of [
    ["two documents", `${CHART}---\n${CHART}`, /it holds 2 documents/],
    ["no mapping", "- a\n- b\n", /it is no mapping of keys to values/],
    ["a mapping in braces", '{"name": "orders", "version": "1.0.0"}', /its top is no plain list of keys and values/],
    ["what stands behind the end of a document", `${CHART}...\n`, /its top is no plain list/],
    ["an empty file", "", /it is no mapping/],
    ["no YAML", "name: [orders\n", /line \d+: /],
    [
      "a number in the place of a version",
      CHART.replace("version: 1.0.0 ", "version: 1.1 "),
      /version "1\.1" is not allowed/,
    ],
    [
      "a version with a prefix",
      CHART.replace("version: 1.0.0 ", "version: v1.0.0 "),
      /version "v1\.0\.0" is not allowed/,
    ],
    ["a version with a zero in front", CHART.replace("version: 1.0.0 ", "version: 1.01.0 "), /version "1\.01\.0"/],
    ["no version", "name: orders\n", /version is missing; allowed: three numbers/],
    ["no name", "version: 1.0.0\n", /name is missing/],
    ["a name that leads elsewhere", "version: 1.0.0\nname: ../../main\n", /name "\.\.\/\.\.\/main" is not allowed/],
    ["a name that is an option", "version: 1.0.0\nname: --force\n", /name "--force" is not allowed/],
    ["a version that is there twice", `${CHART}version: 2.0.0\n`, /duplicated mapping key/],
    ["a version of another kind", CHART.replace("1.0.0   #", "[1.0.0] #"), /version is missing/],
    ["a version with a tag", CHART.replace("1.0.0   #", "!!str 1.0.0 #"), /cannot be replaced; write it on one line/],
    [
      "a version over lines",
      CHART.replace("version: 1.0.0   # of the chart", "version: >-\n  1.0.0"),
      /cannot be replaced/,
    ],
    ["an anchor", CHART.replace("[orders,", "&k [orders,"), /it holds anchors or aliases/],
    ["a bomb", `a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n${CHART}`, /it holds anchors or aliases/],
    ["a merge", `base: &b { name: x }\n<<: *b\nversion: 1.0.0\n`, /anchors/],
    ["depth", `a: ${"[".repeat(60_000)}\n${CHART}`, /nests too deeply|line \d+/],
  ] as const) {
    it(`S4-10 bumpChart refuses ${what}, and says where and what is wanted`, () =>
      refuses(() => bump(text), "CONTENT_INVALID", /^deploy\/Chart\.yaml: /, says));
  }
});

describe("bumpPackage", () => {
  it("S4-10 bumpPackage and bumpLock write the package's own version, and leave every other byte", () => {
    assert.equal(
      bumpPackage(PACKAGE, "package.json", "1.1.0"),
      PACKAGE.replace('"version" : "1.0.0"', '"version" : "1.1.0"'),
    );
    const own = LOCK.replace('"version": "1.0.0",', '"version": "1.1.0",').replace(
      '"": { "version": "1.0.0"',
      '"": { "version": "1.1.0"',
    );
    assert.equal(bumpLock(LOCK, "package-lock.json", "1.1.0"), own);
    assert.equal(
      bumpPackage(`\ufeff${PACKAGE}`, "package.json", "1.1.0").slice(1),
      bumpPackage(PACKAGE, "package.json", "1.1.0"),
    );
  });

  it("bumpPackage refuses what is no JSON, and a version that is there twice", async () => {
    await refuses(() => bumpPackage("{", "package.json", "1.1.0"), "CONTENT_INVALID", /^package\.json: not JSON/);
    const twice = '{ "version": "1.0.0", "version": "1.0.1" }';
    await refuses(() => bumpPackage(twice, "package.json", "1.1.0"), "CONTENT_INVALID", /"version" stands there twice/);
  });
});
