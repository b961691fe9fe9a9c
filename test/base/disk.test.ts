import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { explainedDisk, isMissing } from "../../src/base/file";
import { coded } from "../support/images/rejection";

const FULL = "/dev/full";
const where = existsSync(FULL) ? it : it.skip;

describe("explainedDisk", () => {
  where(`explainedDisk says what to do about a disk that is full (needs ${FULL})`, async () => {
    const writing = writeFile(FULL, "x").catch((error: unknown) => {
      throw explainedDisk(error, "mirror");
    });
    await assert.rejects(writing, coded("REGISTRY_REFUSED", "mirror", "full", "make room"));
  });

  it("explainedDisk leaves other errors as they are, and isMissing knows what is not there", async () => {
    const error: unknown = await readFile("/none/such").catch((thrown: unknown) => thrown);
    assert.equal(explainedDisk(error, "mirror"), error);
    assert.equal(isMissing(error), true);
    assert.equal(isMissing(new Error("ENOENT")), false);
  });
});
