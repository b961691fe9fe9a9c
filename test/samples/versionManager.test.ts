import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { GitProject } from "../support/gitProject";

const ROOT = resolve(__dirname, "../..");
const PRODUCT = join(ROOT, "samples/product");

describe("version-manager.sh of the sample product", function () {
  this.timeout(120_000);
  let repo: GitProject;
  before(() => {
    repo = new GitProject();
    for (const part of ["Pulumi.yaml", "deploy", "scripts"])
      cpSync(join(PRODUCT, part), join(repo.root, part), { recursive: true });
    repo.git("config", "user.name", "Test");
    repo.git("config", "user.email", "test@example.com");
    repo.git("config", "commit.gpgSign", "false");
    repo.git("config", "tag.gpgSign", "false");
    repo.commit();
  });
  after(() => repo.remove());

  /** Runs the script as a pipeline does, with these variables and none that a pipeline of ours set. */
  const manager = (variables: Readonly<Record<string, string>>, ...words: readonly string[]) => {
    const { PATH = "", HOME = "" } = process.env;
    const env = { PATH, HOME, DUALREG: join(ROOT, "bin/dualreg.js"), ...variables };
    const { status, stdout, stderr } = spawnSync(join(repo.root, "scripts", "version-manager.sh"), words, {
      ...{ cwd: repo.root, env, encoding: "utf8" },
    });
    return { status, stdout: stdout.trim(), stderr };
  };

  it("S4-8 version-manager.sh generate-tag makes v1.0.0 of main", () => {
    assert.equal(manager({ GIT_BRANCH: "main", VERSION: "1.0.0" }, "generate-tag").stdout, "v1.0.0");
    // The chart has that version, and main is checked out.
    assert.equal(manager({}, "generate-tag").stdout, "v1.0.0");
  });

  it("S4-8 version-manager.sh generate-tag makes a beta with its time of develop", () => {
    const { stdout } = manager({ GIT_BRANCH: "develop", VERSION: "1.0.0" }, "generate-tag");
    assert.match(stdout, /^v1\.0\.0-beta\.[0-9]{14}$/);
  });

  it("S4-8 version-manager.sh generate-tag makes a version of the commit of a feature", () => {
    const feature = { GIT_BRANCH: "feature/test-feature", VERSION: "1.0.0" };
    assert.equal(manager({ ...feature, SHA_SHORT: "abc123" }, "generate-tag").stdout, "v1.0.0-dev.abc123");
    const short = repo.git("rev-parse", "--short", "HEAD").trim();
    // One that reads as a number with a zero in front is refused.
    if (!/^0\d+$/.test(short)) assert.equal(manager(feature, "generate-tag").stdout, `v1.0.0-dev.${short}`);
  });

  it("S4-8 version-manager.sh takes a branch as text alone, and says how it is used", () => {
    for (const branch of ["$(touch hurt)", "`touch hurt`", "x; touch hurt", "--project /"]) {
      const { status, stdout } = manager({ GIT_BRANCH: branch, VERSION: "1.0.0", SHA_SHORT: "abc123" }, "generate-tag");
      assert.ok(status === 2 || stdout === "v1.0.0-dev.abc123", stdout);
      assert.equal(existsSync(join(repo.root, "hurt")), false);
    }
    assert.deepEqual([manager({}).status, manager({}, "bump").status, manager({}, "tag", "x").status], [2, 2, 2]);
    assert.match(manager({}).stderr, /^usage: version-manager\.sh generate-tag \| bump <version> \| tag/);
  });

  it("S4-10 version-manager.sh bump writes Chart.yaml on a branch, and tag makes product-v1.1.0 once it is merged", () => {
    const bumped = manager({}, "bump", "1.1.0");
    assert.equal(bumped.status, 0, bumped.stderr);
    assert.match(readFileSync(join(repo.root, "deploy/Chart.yaml"), "utf8"), /^version: 1\.1\.0$/m);
    assert.equal(repo.git("tag"), "");
    assert.equal(manager({}, "tag").status, 1);
    repo.git("switch", "--quiet", "main");
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge", "bump/v1.1.0");
    repo.git("update-ref", "refs/remotes/origin/main", "main");
    assert.equal(manager({}, "tag").status, 0);
    assert.equal(repo.git("tag"), "product-v1.1.0\n");
  });
});
