import assert from "node:assert/strict";
import { bytesText, flowedText, flowText, timeText } from "../../../src/base/text/units";

describe("amounts", () => {
  for (const [bytes, text] of [
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 KB"],
    [123_456, "123 KB"],
    [999_960, "1.0 MB"],
    [1_400_000_000, "1.4 GB"],
    [5e15, "5000 TB"],
  ] as const) {
    it(`bytesText says ${text} of ${bytes}`, () => assert.equal(bytesText(bytes), text));
  }

  for (const [milliseconds, text] of [
    [0, "0 ms"],
    [820, "820 ms"],
    [999.7, "1.0 s"],
    [3_400, "3.4 s"],
    [59_990, "1 min 0 s"],
    [125_000, "2 min 5 s"],
  ] as const) {
    it(`timeText says ${text} of ${milliseconds} ms`, () => assert.equal(timeText(milliseconds), text));
  }

  it("flowText says what has flowed, of how much, how fast and how long it will take", () => {
    assert.equal(flowText(312_000_000, 1_000_000_000, 1_000), "312 MB of 1.0 GB, 312 MB/s, 2.2 s left");
  });

  it("flowedText says nothing of time left, however much was to flow", () => {
    assert.equal(flowedText(312_000_000, 1_000_000_000, 1_000), "312 MB of 1.0 GB, 312 MB/s");
  });

  it("flowText leaves out what it cannot know: no total, nothing yet, or all done", () => {
    assert.equal(flowText(1_000, 0, 1_000), "1.0 KB, 1.0 KB/s");
    assert.equal(flowText(0, 1_000, 0), "0 B of 1.0 KB, 0 B/s");
    assert.equal(flowText(1_000, 1_000, 1_000), "1.0 KB of 1.0 KB, 1.0 KB/s");
  });
});
