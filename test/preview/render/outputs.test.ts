import assert from "node:assert/strict";
import { outputLines } from "../../../src/preview/render/tree";

const evidence = [{ resource: "ordersqasecure", property: "adminUserEnabled", value: true, expected: "false" }];
const failed = { verdict: "fail", level: "mandatory", findings: [{ scope: "secure", verdict: "fail", evidence }] };

describe("outputLines", () => {
  it("outputLines shows of compliance a line for each control, and the rest of it whole", () => {
    const value = { version: 1, waivers: [], controls: { "b-off": { ...failed, verdict: "pass" }, "a-off": failed } };
    assert.deepEqual(outputLines("compliance", value), [
      "compliance:",
      "  a-off: fail, mandatory",
      "  b-off: pass, mandatory",
      "  version: 1",
      "  waivers: []",
    ]);
  });

  it("outputLines shows whole what is called compliance and is something else, and what is not known yet", () => {
    assert.deepEqual(outputLines("compliance", "[unknown]"), ["compliance: [unknown]"]);
    assert.deepEqual(outputLines("compliance", { controls: { a: { verdict: "pass" } } }), [
      "compliance:",
      "  controls:",
      "    a:",
      "      verdict: pass",
    ]);
  });

  it("outputLines lets no name of a control reach the terminal as it is", () => {
    const [, line] = outputLines("compliance", { controls: { "a\u001b[31m": failed } });
    assert.equal(line, "  a\\u001b[31m: fail, mandatory");
  });
});
