import assert from "node:assert/strict";
import { wrapText } from "../../../src/base/text/wrap";

describe("wrapText", () => {
  it("wrapText breaks between words, and fills each line", () => {
    assert.deepEqual(wrapText("one two three four", 9), ["one two", "three", "four"]);
    assert.deepEqual(wrapText("one two three four", 13), ["one two three", "four"]);
  });

  it("wrapText leaves a longer word whole, so that it can be copied", () => {
    assert.deepEqual(wrapText("see https://example.com/a/b now", 5), ["see", "https://example.com/a/b", "now"]);
  });

  it("wrapText makes one line where there is no width", () => assert.deepEqual(wrapText("one two"), ["one two"]));
});
