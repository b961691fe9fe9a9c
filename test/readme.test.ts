import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { golden } from "./support/golden";

const REPOSITORY = resolve(__dirname, "..");
const README = readFileSync(resolve(REPOSITORY, "README.md"), "utf8");

describe("README", () => {
  it("README shows what the preview of qa really prints, line by line and in order", () => {
    const block = /```text\n(Stage qa[\s\S]*?)```/.exec(README)?.[1] ?? "";
    const shown = block.split("\n").filter((line) => line !== "" && line !== "…");
    assert.ok(shown.length > 40);
    const printed = golden("company.qa.txt").split("\n");
    let at = 0;
    for (const line of shown) {
      const found = printed.indexOf(line, at);
      assert.ok(found >= 0, `not printed after line ${at}: ${line}`);
      at = found + 1;
    }
  });

  it("README and docs link to files that are there", () => {
    for (const file of ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/bootstrap.md"]) {
      const text = readFileSync(resolve(REPOSITORY, file), "utf8");
      for (const [, target = ""] of text.matchAll(/\]\((?!https:)([^)#]+)\)/g)) {
        assert.ok(existsSync(resolve(REPOSITORY, file, "..", target)), `${file}: ${target}`);
      }
    }
  });

  it("README names every key that a stage file may hold", async () => {
    const { SECRET_KEYS, SHARED, STAGE } = await import("../src/config");
    for (const key of [...Object.keys(SHARED), ...Object.keys(STAGE), ...SECRET_KEYS, "registries"]) {
      assert.match(README, new RegExp(`^\\| \`${key}\` +\\|`, "m"), key);
    }
  });
});
