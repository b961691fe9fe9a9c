import assert from "node:assert/strict";
import { DualRegistryError } from "../../src/base/errors";
import { decodeConfig } from "../../src/config";
import { DEFAULT_THRESHOLDS } from "../../src/domain/watch/alertPlan";
import { facts, rawConfig } from "../support/rawConfig";
import { BROKEN_WATCH } from "./brokenWatch";

function problems(parts: Parameters<typeof rawConfig>[0]): string[] {
  try {
    decodeConfig(rawConfig(parts));
  } catch (error) {
    assert.ok(error instanceof DualRegistryError, String(error));
    return error.message.split("\n");
  }
  return [];
}

describe("decodeConfig of audit, alerts and money", () => {
  for (const { title, parts, says } of BROKEN_WATCH) {
    it(`S1-20 S1-21 decodeConfig refuses ${title}, in one line`, () => {
      const lines = problems(parts);
      assert.equal(lines.length, 1, lines.join("\n"));
      for (const text of says) assert.ok(lines[0]?.includes(text), `${lines[0] ?? ""}\nlacks ${text}`);
    });
  }

  it("decodeConfig watches with defaults where nothing is said: nobody told, no archive, no budget", () => {
    const { watch } = decodeConfig(rawConfig({}));
    assert.deepEqual(watch.alerts, { emails: [], webhook: false, thresholds: DEFAULT_THRESHOLDS });
    assert.deepEqual(
      [watch.archive, watch.budget, watch.insights, watch.defender],
      [undefined, undefined, false, false],
    );
  });

  it("S1-21 decodeConfig takes a budget's start as the file says it, quoted or read as a date", () => {
    for (const start of ["2026-02-01", "2026-02-01T00:00:00Z"]) {
      const stage = { ...facts("alerts: { emails: [a@example.com] }"), budget: { amount: 10, start } };
      assert.equal(decodeConfig(rawConfig({ stage })).watch.budget?.start, "2026-02-01");
    }
  });

  it("S1-22 decodeConfig reads true and false of a key of its own, which come as text", () => {
    const { watch } = decodeConfig(rawConfig({ stage: { insights: "true", defender: "false" } }));
    assert.deepEqual([watch.insights, watch.defender], [true, false]);
    assert.match(problems({ stage: { insights: "yes" } }).join(), /insights: "yes" is not allowed/);
  });
});
