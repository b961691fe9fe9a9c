import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dualreg } from "../../../src/cli/program";
import { example } from "../../support/examples";
import { captureIo } from "../../support/io";

async function tag(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { io, printed } = captureIo();
  const project = args.includes("--project") ? [] : ["--project", example("company")];
  const code = await dualreg(["version", "tag", ...args, ...project], io);
  return { code, ...printed };
}

describe("dualreg version tag", () => {
  it("S4-8 version tag prints what an image of a branch is called, by its name and by a platform's ref", async () => {
    const created = ["--created", "2026-11-01T09:09:10+01:00"];
    for (const [branch, version] of [
      ["main", "v1.0.0"],
      ["refs/heads/main", "v1.0.0"],
      ["develop", "v1.0.0-beta.20261101080910"],
      ["refs/heads/feature/test", "v1.0.0-dev.abc123"],
    ] as const) {
      for (const core of ["1.0.0", "v1.0.0"]) {
        const { code, stdout } = await tag(core, "--branch", branch, "--commit", "abc123", ...created);
        assert.deepEqual([code, stdout], [0, `${version}\n`], branch);
      }
    }
  });

  it("version tag goes by the table of Pulumi.yaml, and says which line decided", async () => {
    const project = mkdtempSync(join(tmpdir(), "dualreg-branches-"));
    try {
      cpSync(example("company"), project, { recursive: true });
      const yaml = readFileSync(join(project, "Pulumi.yaml"), "utf8");
      const table = "config:\n  branches:\n    value: [{ branch: trunk, version: beta }]";
      writeFileSync(join(project, "Pulumi.yaml"), yaml.replace(/^config:$/m, table));
      const at = ["--project", project, "--created", "2026-11-01T08:09:10Z"];
      const trunk = await tag("1.0.0", "--branch", "trunk", "--format", "json", ...at);
      assert.deepEqual(JSON.parse(trunk.stdout), {
        version: "v1.0.0-beta.20261101080910",
        rule: { branch: "trunk", version: "beta" },
        branch: "trunk",
      });
      const main = await tag("1.0.0", "--branch", "main", ...at);
      assert.deepEqual([main.code, main.stdout], [1, ""]);
      assert.match(main.stderr, /no rule is for branch "main"; allowed: trunk/);
    } finally {
      rmSync(project, { recursive: true });
    }
  });

  it("S3-1 version tag writes no prefix where the product writes none, and refuses one", async () => {
    const project = mkdtempSync(join(tmpdir(), "dualreg-prefix-"));
    try {
      cpSync(example("company"), project, { recursive: true });
      const yaml = readFileSync(join(project, "Pulumi.yaml"), "utf8");
      writeFileSync(
        join(project, "Pulumi.yaml"),
        yaml.replace("repository: orders\n", "repository: orders\n      versionPrefix: none\n"),
      );
      const at = ["--project", project, "--commit", "abc123", "--created", "2026-11-01T08:09:10Z"];
      for (const [branch, version] of [
        ["main", "1.0.0"],
        ["develop", "1.0.0-beta.20261101080910"],
        ["x", "1.0.0-dev.abc123"],
      ] as const)
        assert.deepEqual((await tag("1.0.0", "--branch", branch, ...at)).stdout, `${version}\n`);
      const { code, stderr } = await tag("v1.0.0", "--branch", "main", ...at);
      assert.equal(code, 2);
      assert.match(stderr, /^version "v1\.0\.0" has a v in front.*\(product\.versionPrefix: none\); allowed: 1\.0\.0/);
    } finally {
      rmSync(project, { recursive: true });
    }
  });

  it("version tag refuses what is no version, branch, commit or time, with what is allowed", async () => {
    for (const [args, says] of [
      [["1.0", "--branch", "main"], /^version "1\.0" is not allowed; allowed: three numbers/],
      [["01.0.0", "--branch", "main"], /^version "01\.0\.0" is not allowed/],
      [["1.0.0-rc1", "--branch", "main"], /^version "1\.0\.0-rc1" is not allowed/],
      [["1.0.0", "--branch", "refs/tags/v1.0.0"], /^--branch "refs\/tags\/v1\.0\.0" is not allowed; allowed: a branch/],
      [["1.0.0", "--branch", "x", "--commit", "abc12"], /^--commit "abc12" is not allowed; allowed: 6 to 40 digits/],
      [["1.0.0", "--branch", "x", "--commit", "$(id)"], /^--commit "\$\(id\)" is not allowed/],
      [
        ["1.0.0", "--branch", "develop", "--created", "yesterday"],
        /^--created "yesterday" is not allowed; allowed: a time/,
      ],
    ] as const) {
      const { code, stdout, stderr } = await tag(...args);
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, says);
    }
  });
});
