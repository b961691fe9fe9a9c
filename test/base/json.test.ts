import assert from "node:assert/strict";
import fc from "fast-check";
import { formatJson, parseJson } from "../../src/base/json";
import { isUnsafe } from "../../src/base/text/unsafe";
import { refuses } from "../support/signing/samples";

describe("parseJson", () => {
  it("parseJson counts no bracket that stands in a text, and takes a byte order mark", () => {
    const text = `\ufeff{"a": "${"[".repeat(1000)}\\"[", "b": "\\\\"}`;
    assert.deepEqual(parseJson(Buffer.from(text), "here"), { a: `${"[".repeat(1000)}"[`, b: "\\" });
  });

  it("parseJson takes 64 levels and no more", async () => {
    assert.ok(parseJson(Buffer.from("[".repeat(64) + "]".repeat(64)), "here"));
    await refuses(
      () => parseJson(Buffer.from("[".repeat(65) + "]".repeat(65)), "here"),
      "CONTENT_INVALID",
      /64 levels/,
    );
  });
});

describe("formatJson", () => {
  it("formatJson writes what JSON reads back, without a character that could act", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const text = formatJson(value);
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
        assert.ok(
          text.split("\n").every((line) => !isUnsafe(line)),
          text,
        );
      }),
    );
    assert.equal(formatJson({ a: "\u202e\u{e0001}" }), '{\n  "a": "\\u202e\\udb40\\udc01"\n}\n');
  });
});
