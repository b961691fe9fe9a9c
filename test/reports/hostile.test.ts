import assert from "node:assert/strict";
import { redactSecrets } from "../../src/base/text/redact";
import { cleanStage } from "../../src/reports/redact";
import { everywhere, HIDDEN_PARTS, HOSTILE, SECRETS } from "../support/compliance/hostile";
import { rendered, sourceOf } from "../support/compliance/reportGround";
import { assertValid } from "../support/compliance/schemas";

const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

const decoded = (text: string) => text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));

/** Tags of this project's own pages. */
const TAGS = new Set([
  ...["html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "h1", "h2", "h3", "h4"],
  ...[
    "p",
    "span",
    "b",
    "code",
    "ul",
    "li",
    "a",
    "figure",
    "svg",
    "rect",
    "text",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
  ],
  ...["td", "details", "summary", "div", "!doctype"],
]);

describe("reports of hostile stages", () => {
  for (const text of HOSTILE) {
    const name = JSON.stringify(text).slice(0, 40);
    const pages = () =>
      rendered([everywhere(text)], { asOf: "2026-01-01", stages: [{ ...sourceOf(), product: text }] });

    it(`no format has control characters, and those with a schema stay valid: ${name}`, () => {
      const texts = pages();
      for (const [format, page] of Object.entries(texts)) assert.doesNotMatch(page, CONTROL, format);
      for (const format of ["oscal", "oscal-plan", "oscal-component", "sarif"] as const) {
        assertValid(format, texts[format]);
      }
      JSON.parse(texts.json);
    });

    it(`HTML stays text, and no cell begins with a formula: ${name}`, () => {
      const { html } = pages();
      for (const [, tag = "", attributes = ""] of html.matchAll(/<\/?([a-z!][a-z0-9]*)([^>]*)>/gi)) {
        assert.ok(TAGS.has(tag.toLowerCase()), tag);
        const names = attributes.replace(/"[^"]*"/g, '""');
        assert.doesNotMatch(names, /\son\w+=|[<>'`]|evil/i, attributes);
        assert.doesNotMatch(attributes, /href="(?!#)/);
      }
      for (const [, inner = ""] of html.matchAll(/<code>([^<]*)<\/code>/g)) assert.doesNotMatch(inner, /^[=+@-]/);
    });

    it(`Markdown keeps it in code that nothing ends, without a formula: ${name}`, () => {
      const { markdown } = pages();
      const insides = [...markdown.matchAll(/<code>(.*?)<\/code>/g)].map(([, inner = ""]) => inner);
      assert.ok(insides.length > 50);
      for (const inner of insides) {
        assert.match(inner, /^(?:[\p{L}\p{N} ,()/=;-]|&#\d+;)*$/u);
        assert.doesNotMatch(decoded(inner), /^[=+@-]/);
      }
      const outside = markdown.replace(/<code>.*?<\/code>/g, "");
      assert.doesNotMatch(outside, /evil/);
      const widths = new Map<string, number>();
      for (const row of outside.split("\n").filter((line) => line.startsWith("|"))) {
        widths.set(row, row.split(/(?<!\\)\|/).length);
      }
      for (const [row, width] of widths) assert.ok([5, 6, 7, 8, 9].includes(width), row);
    });
  }

  it("SARIF's messages hold no link and no place for an argument", () => {
    for (const text of ["[evil](1)", "{0}", "\\[x]"]) {
      const { sarif } = rendered([everywhere(text)]);
      const messages = [...sarif.matchAll(/"message": \{\s*"text": ("(?:[^"\\]|\\.)*")/g)];
      assert.ok(messages.length > 0);
      for (const [, json = ""] of messages) {
        const said = JSON.parse(json) as string;
        assert.doesNotMatch(said.replaceAll(/\\[\\[\]]/g, "").replaceAll(/\{\{|\}\}/g, ""), /[[\]{}\\]/);
      }
    }
  });
});

describe("cleanStage", () => {
  it("S0-4 no secret of a known shape is in a report, whatever text it stands in", () => {
    for (const secret of SECRETS) {
      for (const text of [secret, `see ${secret} there`, `a"${secret}"`]) {
        const texts = rendered([{ ...cleanStage(everywhere(text)), source: "outputs" }]);
        for (const [format, page] of Object.entries(texts)) {
          for (const part of HIDDEN_PARTS) assert.doesNotMatch(page, part, `${format}: ${text}`);
        }
        assert.ok(texts.json.includes("[secret]"), text);
      }
    }
  });

  it("cleanStage leaves everything that is no secret as it was", () => {
    const stage = sourceOf();
    assert.deepEqual({ ...cleanStage(stage), source: "outputs" }, stage);
    for (const text of [
      "Images are scanned before they are pushed, and the push is refused without a clean scan",
      "The application and consumers pull with scoped tokens that expire within 30 days; Basic tiers do not",
      "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      "/subscriptions/00000000-0000-0000-0000-0000000000a1/resourceGroups/rg/providers/Microsoft.ContainerRegistry",
      "https://hooks.example.com/registry?x=1 passwords: none",
    ]) {
      assert.equal(redactSecrets(text), text);
    }
  });

  it("redactSecrets takes no longer for texts made to be slow", () => {
    for (const text of [
      "a".repeat(1000),
      "eyJ".repeat(333),
      "://".repeat(333),
      "-----BEGIN ".repeat(90),
      "ACR".repeat(333),
    ]) {
      const start = process.hrtime.bigint();
      for (let run = 0; run < 20; run++) redactSecrets(text);
      assert.ok(Number(process.hrtime.bigint() - start) / 1e6 < 500, text.slice(0, 20));
    }
  });
});
