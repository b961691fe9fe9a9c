import assert from "node:assert/strict";
import fc from "fast-check";
import { displayUrl, quoted, quotedValue } from "../../../src/base/text/quote";
import { escapeUnsafe, escapeUnsafeLines, isUnsafe } from "../../../src/base/text/unsafe";

/** One of each kind: C0, DEL, C1, soft hyphen, Arabic mark, zero width, both directions' marks, separators, isolates, tags. */
const UNSAFE = Array.from(
  "\u0000\u0007\u001b\u007f\u0085\u009b\u00ad\u061c\u200b\u200e\u200f\u2028\u2029" +
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\ue000\u{e0001}\ud800",
);

describe("escapeUnsafe", () => {
  it("escapeUnsafe writes every character that could act as its escape, and keeps every letter", () => {
    for (const character of UNSAFE) {
      const text = escapeUnsafe(`west${character}europe`);
      assert.match(text, /^west(?:\\u[0-9a-f]{4})+europe$/, JSON.stringify(character));
      assert.ok(isUnsafe(character) && !isUnsafe(text));
    }
    assert.equal(escapeUnsafe("Zürich 東京 🚀 a-b_c"), "Zürich 東京 🚀 a-b_c");
  });

  it("escapeUnsafeLines keeps line feeds and nothing else", () => {
    assert.equal(escapeUnsafeLines("a\nb\r\n\u2028c"), "a\nb\\u000d\n\\u2028c");
  });
});

describe("quoted", () => {
  it("quoted gives one line without an unsafe character that JSON reads back, of bounded length", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 150 }), (text) => {
        assert.ok(!isUnsafe(quoted(text)));
        assert.equal(JSON.parse(quoted(text)), text);
      }),
    );
    assert.equal(quoted("x".repeat(300)).length, 202);
  });

  it("quotedValue shows any value on one line, cut and without an unsafe character", () => {
    assert.equal(quotedValue(undefined), "nothing");
    assert.equal(quotedValue({ a: "\u2066" }), '{"a":"\\u2066"}');
    assert.equal(quotedValue("x".repeat(300)).length, 60);
  });

  it("displayUrl leaves out user, query and fragment", () => {
    assert.equal(displayUrl(new URL("https://u:p@x.example.com/a?sig=b#c")), "https://x.example.com/a");
  });
});
