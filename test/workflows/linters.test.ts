import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findTool } from "../support/registries";
import { WORKFLOWS } from "./read";

const ROOT = join(__dirname, "../..");

/** `npm run setup` puts both where they are found; elsewhere these are skipped by name. */
describe("the workflows, as those see them who read nothing else", () => {
  for (const [name, args] of [
    [
      "actionlint",
      ["-config-file", ".github/actionlint.yaml", ...WORKFLOWS.map(({ file }) => `.github/workflows/${file}`)],
    ],
    ["zizmor", ["--offline", "--no-progress", "--quiet", "--no-online-audits", ".github"]],
  ] as const)
    it(`${name} has nothing to say`, function () {
      const tool = findTool(name);
      if (tool === undefined) this.skip();
      const { status, stdout, stderr } = spawnSync(tool, args, { cwd: ROOT, encoding: "utf8" });
      assert.equal(status, 0, `${stdout}${stderr}`);
    });

  it("whatever zizmor is told not to see says why on its line", () => {
    const told = WORKFLOWS.flatMap(({ text, file }) =>
      text.split("\n").flatMap((line) => (line.includes("zizmor: ignore") ? [`${file}: ${line}`] : [])),
    );
    assert.ok(told.length > 0);
    for (const line of told) assert.match(line, /# zizmor: ignore\[[a-z-]+\] \w+(?: \S+){4,}/, line);
    assert.match(readFileSync(join(ROOT, ".github/actionlint.yaml"), "utf8"), /^# \w+/);
  });
});
