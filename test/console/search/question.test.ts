import assert from "node:assert/strict";
import fc from "fast-check";
import { DualRegistryError } from "../../../src/base/errors";
import { readQuestion, SEARCH_PLACES, wordsOf, wordTerm } from "../../../src/console/search/question";

const HEX = "0123456789abcdef".repeat(4);
const term = (text: string, isPrefix = false) => ({ text, isPrefix });

describe("readQuestion", () => {
  it("readQuestion reads words, labels, packages and digests in the forms that are allowed", () => {
    assert.deepEqual(readQuestion("any", " Orders, API! orders "), { in: "any", words: ["orders", "api"] });
    assert.deepEqual(readQuestion("owner", "Ünïcode"), { in: "owner", words: ["ünïcode"] });
    assert.deepEqual(readQuestion("label", "a.b"), { in: "label", name: term("a.b") });
    assert.deepEqual(readQuestion("label", "a=b=c*"), { in: "label", name: term("a"), value: term("b=c", true) });
    assert.deepEqual(readQuestion("annotation", "a="), { in: "annotation", name: term("a"), value: term("") });
    assert.deepEqual(readQuestion("package", "@company/x"), { in: "package", name: term("@company/x") });
    assert.deepEqual(readQuestion("package", "@company/x@1.*"), {
      ...{ in: "package", name: term("@company/x"), version: term("1.", true) },
    });
    assert.deepEqual(readQuestion("digest", HEX.slice(0, 6).toUpperCase()), { in: "digest", prefix: "sha256:012345" });
    assert.deepEqual(readQuestion("any", `orders/api@sha256:${HEX}`), { in: "digest", prefix: `sha256:${HEX}` });
  });

  it("readQuestion refuses what is empty, too long, without a word or no digest, and says what is allowed", () => {
    for (const [place, text, why] of [
      ["any", "  ", /empty; allowed: a word/],
      ["any", "x".repeat(501), /longer than allowed: at most 500/],
      ["owner", "***", /no word in it; allowed: letters/],
      ["any", "a b c d e f g h i", /9 words; allowed: at most 8/],
      ["package", "*", /beginning of fewer than 3 characters; write more/],
      ["package", "li*@1.0", /beginning of fewer than 3 characters/],
      ["label", "co*=orders", /beginning of fewer than 3 characters/],
      ["digest", "sha256:01234", /not a digest; allowed: sha256: and at least 6/],
      ["digest", "sha256:xyz", /not a digest/],
    ] as const) {
      assert.throws(
        () => readQuestion(place, text),
        (error: unknown) => error instanceof DualRegistryError && error.code === "USAGE" && why.test(error.message),
        text,
      );
    }
  });

  it("wordTerm takes a word of one or two characters for itself, and a longer one for what begins so", () => {
    assert.deepEqual(["v", "v1", "v1r"].map(wordTerm), [term("v"), term("v1"), term("v1r", true)]);
  });

  it("readQuestion reads or refuses every text, and wordsOf of words is the same words", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SEARCH_PLACES), fc.string({ unit: "binary", maxLength: 600 }), (place, text) => {
        try {
          assert.equal(typeof readQuestion(place, text).in, "string");
        } catch (error) {
          assert.ok(error instanceof DualRegistryError && error.code === "USAGE", String(error));
        }
        const words = wordsOf(text);
        assert.deepEqual(wordsOf(words.join(" ")), words);
      }),
    );
  });
});
