import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBounded } from "../../src/base/file";
import { refuses } from "../support/signing/samples";

describe("readBounded", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-bounded-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("readBounded reads a file of just the limit, and refuses one more byte", async () => {
    const file = join(folder, "file");
    writeFileSync(file, Buffer.alloc(1_000_000, 7));
    assert.equal(readBounded(file, 1_000_000).length, 1_000_000);
    await refuses(() => readBounded(file, 999_999), "CONTENT_INVALID", /at most 999999 bytes/);
  });

  it("readBounded stops at the limit of a file that has no end", () =>
    refuses(() => readBounded("/dev/zero", 1_000_000, "CONFIG_INVALID"), "CONFIG_INVALID", /larger than allowed/));
});
