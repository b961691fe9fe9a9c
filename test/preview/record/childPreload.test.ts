import assert from "node:assert/strict";
import { resolve } from "node:path";
import { recordStages } from "../../../src/preview/record/recordStages";

const EVERYTHING = resolve(__dirname, "../../fixtures/stages/everything");

describe("childPreload", () => {
  it("childPreload changes nothing of what the program registers", async () => {
    const record = async (preload: boolean) => {
      const { recordings, failures } = await recordStages({ projectDir: EVERYTHING, preload });
      assert.deepEqual(failures, []);
      return [...recordings.values()];
    };
    const cheap = await record(true);
    assert.ok(cheap.some((recording) => recording.resources.length > 40));
    assert.deepEqual(cheap, await record(false));
  });
});
