import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BUILT_TOOLS, findTool } from "../support/registries/findTool";

const ROOT = resolve(__dirname, "../..");

describe("describeWith", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-skip-"));
  const suite = join(dir, "suite.ts");
  before(() => {
    const helper = JSON.stringify(join(ROOT, "test/support/registries/skipWithout"));
    writeFileSync(
      suite,
      `const { describeWith, skipWithout } = require(${helper});
      describeWith(["no-such-tool"], "suite", () => { it("runs", () => { throw new Error("it ran"); }); });
      describeWith(["sh"], "other", () => {
        it("has it", () => {});
        it("wants more", function () { skipWithout(this, "no-such-tool"); throw new Error("it ran"); });
      });`,
    );
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  const run = (ci: string): { status: number | null; text: string } => {
    const mocha = [join(ROOT, "node_modules/mocha/bin/mocha.js"), "--no-config", "--reporter", "spec", suite];
    const env = { ...process.env, CI: ci };
    const ended = spawnSync(process.execPath, ["--import", "tsx", ...mocha], { cwd: ROOT, env, encoding: "utf8" });
    return { status: ended.status, text: ended.stdout + ended.stderr };
  };

  it("describeWith and skipWithout skip what needs a missing command, under a title that says why", () => {
    const { status, text } = run("");
    assert.equal(status, 0, text);
    const why = 'skipped: no-such-tool not on PATH, nor in .cache/bin; "npm run setup" installs it';
    assert.ok(text.includes(`suite (${why})`) && text.includes(`- wants more (${why})`), text);
    assert.match(text, /1 passing[^]*2 pending/);
  });

  it("describeWith and skipWithout fail instead in CI", () => {
    const { status, text } = run("true");
    assert.equal(status, 2, text);
    assert.match(text, /needs no-such-tool/);
    assert.doesNotMatch(text, /pending|it ran/);
  });

  it("findTool looks among what setup built before it looks on PATH", () => {
    assert.match(BUILT_TOOLS, /\/\.cache\/bin$/);
    assert.equal(findTool("sh", "/nowhere:/bin"), "/bin/sh");
    assert.equal(findTool("sh", "/nowhere"), undefined);
    assert.equal(findTool("etc", "/"), undefined);
  });
});

describe("npm run setup", () => {
  it("setup says what is missing where nothing can be installed, and fails", () => {
    const dir = mkdtempSync(join(tmpdir(), "dualreg-path-"));
    const env = { PATH: dir, HOME: dir };
    const ended = spawnSync(process.execPath, [join(ROOT, "tools/setup.mjs")], { env, encoding: "utf8" });
    rmSync(dir, { recursive: true, force: true });
    assert.equal(ended.status, 1, ended.stdout + ended.stderr);
    assert.match(ended.stdout, /Could not install: there is no apt-get here/);
    assert.match(ended.stdout, /^docker-registry: missing$/m);
    assert.match(ended.stdout, /^ {2}- CNCF Distribution 2\.8 as `docker-registry`$/m);
  });
});
