import assert from "node:assert/strict";
import { recordStages } from "../../../src/preview/record/recordStages";
import { example } from "../../support/examples";

const EVERYTHING = example("everything");

/** Where two values differ, as paths. */
function differences(one: unknown, other: unknown, path = ""): string[] {
  if (!isObject(one) || !isObject(other)) return one === other ? [] : [`${path}: ${String(one)}, ${String(other)}`];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) => differences(one[key], other[key], path === "" ? key : `${path}.${key}`));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

describe("childPreload", () => {
  it("childPreload changes nothing of what the program registers", async () => {
    const record = async (preload: boolean) => {
      const { recordings, failures } = await recordStages({ projectDir: EVERYTHING, stages: ["dev", "qa"], preload });
      assert.deepEqual(failures, []);
      return [...recordings.values()];
    };
    const cheap = await record(true);
    assert.ok(cheap.some((recording) => recording.resources.length > 40));
    const found = differences(cheap, await record(false)).map((line) => line.replace(/^[\d.]+\w+\.\d+\./, ""));
    assert.deepEqual(found, []);
  });
});
