import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseJson, quoted, readBounded } from "../../src/base/boundedFile";
import { refuses } from "../support/signing/samples";

describe("boundedFile", () => {
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

  it("parseJson counts no bracket that stands in a text, and takes a byte order mark", () => {
    const text = `\ufeff{"a": "${"[".repeat(1000)}\\"[", "b": "\\\\"}`;
    assert.deepEqual(parseJson(Buffer.from(text), "here"), { a: `${"[".repeat(1000)}"[`, b: "\\" });
  });

  it("parseJson takes 64 levels and no more", async () => {
    assert.ok(parseJson(Buffer.from("[".repeat(64) + "]".repeat(64)), "here"));
    await refuses(
      () => parseJson(Buffer.from("[".repeat(65) + "]".repeat(65)), "here"),
      "CONTENT_INVALID",
      /64 levels/,
    );
  });

  it("quoted cuts, quotes and disarms", () => {
    assert.equal(quoted('a"\n'), '"a\\"\\n"');
    assert.ok(quoted("x".repeat(5000)).length <= 202);
    assert.doesNotMatch(quoted("\u202e\u0085\u2066\u001b"), /[\u0000-\u001f\u0080-\u009f\u202e\u2066]/);
  });
});
