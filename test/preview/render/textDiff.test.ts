import assert from "node:assert/strict";
import { differingLines } from "../../../src/preview/render/textDiff";

const shown = (before: string, after: string) =>
  differingLines(before, after)?.map(({ sign, text }) => `${sign} ${text}`);

describe("differingLines", () => {
  it("differingLines shows what differs with a line around it, and … for the rest", () => {
    const old = "a\nb\nc\nd\ne\nf\ng";
    assert.deepEqual(shown(old, old.replace("d", "D")), ["  …", "  c", "- d", "+ D", "  e", "  …"]);
    assert.deepEqual(shown(old, `${old}\nh`), ["  …", "  g", "+ h"]);
    assert.deepEqual(shown(old, old.replace("a", "A").replace("g", "G")), [
      "- a",
      "+ A",
      "  b",
      "  …",
      "  f",
      "- g",
      "+ G",
    ]);
  });

  it("differingLines lays JSON out before it compares", () => {
    const text = (days: number) => JSON.stringify({ name: "x", rule: { days }, list: [1, 2] });
    assert.deepEqual(shown(text(1), text(2)), [
      "  …",
      '    "rule": {',
      '-     "days": 1',
      '+     "days": 2',
      "    },",
      "  …",
    ]);
  });

  it("differingLines leaves short texts and other values alone", () => {
    assert.equal(differingLines("a", "b"), undefined);
    assert.equal(differingLines("a\nb", 1), undefined);
    assert.equal(differingLines(undefined, "a\nb"), undefined);
  });

  it("differingLines shows unsafe characters as escapes", () => {
    assert.deepEqual(shown("a\nb", "a\n\u001b[2J"), ["  a", "- b", "+ \\u001b[2J"]);
  });
});
