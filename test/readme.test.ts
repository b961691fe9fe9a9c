import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { golden } from "./support/golden";

const REPOSITORY = resolve(__dirname, "..");
const README = readFileSync(resolve(REPOSITORY, "README.md"), "utf8");

describe("README", () => {
  it("README shows what the preview of qa really prints, whole", () => {
    assert.equal(/```text\n(Stage qa[\s\S]*?)```/.exec(README)?.[1], golden("company.qa.summary.txt"));
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
