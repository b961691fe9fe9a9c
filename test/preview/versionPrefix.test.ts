import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyExample } from "../support/examples";
import { previewsOf } from "../support/golden";

/** A line that says how versions are written: a form of tag, its expression, or the pattern of a ruleset. */
const OF_VERSIONS = /X\.Y\.Z|refs\/tags\/|\(\?:0\|\[1-9\]/;

describe("a product whose versions have no prefix", () => {
  it("S3-1 the whole preview of three stages differs from that of one with a v in what says versions alone", async () => {
    const root = mkdtempSync(join(tmpdir(), "dualreg-prefix-"));
    try {
      const folder = copyExample("minimal", join(root, "minimal"));
      const usual = await previewsOf("minimal", folder);
      const file = join(folder, "Pulumi.yaml");
      const product = readFileSync(file, "utf8").replace(
        "repository: orders }",
        "repository: orders, versionPrefix: none }",
      );
      writeFileSync(file, product);
      const previews = await previewsOf("minimal", folder);
      assert.equal(previews.size, 6);
      for (const [name, text] of previews) {
        const [was, is] = [usual.get(name)?.split("\n") ?? [], text.split("\n")];
        const more = is.filter((line) => line.trim() === "versionPrefix: none");
        assert.equal(more.length, name.includes("summary") ? 0 : 1, name);
        const rest = is.filter((line) => !more.includes(line));
        assert.equal(rest.length, was.length, name);
        const changed = rest.filter((line, at) => line !== was[at]);
        for (const line of changed) assert.match(line, OF_VERSIONS, name);
        // What says versions says the product's, in every line.
        assert.deepEqual(
          rest.filter((line) => OF_VERSIONS.test(line) && /vX\.Y\.Z|tags\/v|\^v/.test(line)),
          [],
        );
        if (!name.includes("summary")) assert.ok(changed.length >= 4, name);
      }
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
