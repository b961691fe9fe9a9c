import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { LOCK, PACKAGE, VersionRepo } from "../../support/versions/versionRepo";

const DUALREG = resolve(__dirname, "../../../bin/dualreg.js");

/** A repository with a chart and a package, committed. */
function begun(): VersionRepo {
  const repo = new VersionRepo().put("package.json", PACKAGE).put("package-lock.json", LOCK);
  repo.commit();
  return repo;
}

/** Real git behind a program of that name that counts, and dies at the step that is named, before it or after it. */
function dyingGit(folder: string): string {
  const real = (process.env["PATH"] ?? "").split(delimiter).find((path) => existsSync(join(path, "git"))) ?? "";
  const script = `#!/bin/sh
count=$(($(cat "${folder}/count") + 1)); echo "$count" > "${folder}/count"
step=$(cat "${folder}/step"); when=$(cat "${folder}/when")
[ "$count" = "$step" ] && [ "$when" = before ] && { [ -f "${folder}/kill" ] && kill -9 $PPID; exit 137; }
"${join(real, "git")}" "$@"; code=$?
[ "$count" = "$step" ] && [ "$when" = after ] && { [ -f "${folder}/kill" ] && kill -9 $PPID; exit 137; }
exit $code
`;
  writeFileSync(join(folder, "git"), script);
  chmodSync(join(folder, "git"), 0o755);
  return folder;
}

describe("dualreg version bump, cut short", function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), "dualreg-dying-"));
  const path = process.env["PATH"] ?? "";
  let repo: VersionRepo;
  before(() => dyingGit(folder));
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => {
    process.env["PATH"] = path;
    repo.remove();
  });
  const die = (step: number, when: string) => {
    for (const [name, text] of Object.entries({ count: "0", step: String(step), when }))
      writeFileSync(join(folder, name), text);
  };
  const counted = () => Number(readFileSync(join(folder, "count"), "utf8"));

  /** Whole after any number of runs: one commit on one branch, the tree at it, and nothing else. */
  const wholeState = (): string => {
    const branches = repo.git("for-each-ref", "--format=%(refname)").trim().split("\n");
    assert.deepEqual(branches, ["refs/heads/bump/v1.1.0", "refs/heads/main"]);
    assert.equal(repo.git("log", "--format=%s", "main..bump/v1.1.0"), "Version 1.1.0\n");
    assert.equal(repo.git("status", "--porcelain"), "");
    return repo.git("rev-parse", "--abbrev-ref", "HEAD").trim();
  };

  it("S4-10 version bump whose git dies at any step is brought to its end by running it again", async () => {
    repo = begun();
    process.env["PATH"] = `${folder}${delimiter}${path}`;
    die(0, "never");
    assert.equal((await repo.version("bump", "1.1.0")).code, 0);
    const steps = counted();
    assert.ok(steps >= 15, String(steps));
    repo.remove();
    for (let step = 1; step <= steps; step++) {
      for (const when of ["before", "after"]) {
        repo = begun();
        const head = repo.git("rev-parse", "main");
        process.env["PATH"] = `${folder}${delimiter}${path}`;
        die(step, when);
        const cut = await repo.version("bump", "1.1.0");
        process.env["PATH"] = path;
        assert.equal(repo.git("rev-parse", "main"), head);
        assert.equal(repo.git("status", "--porcelain"), "", `${step} ${when}`);
        // A step whose answer is not needed may be lost without a word; then all is done at once.
        if (cut.code === 0) assert.equal(wholeState(), "bump/v1.1.0", `${step} ${when}`);
        const again = await repo.version("bump", "1.1.0");
        assert.equal(again.code, 0, `${step} ${when}: ${again.stderr}`);
        assert.equal(wholeState(), "bump/v1.1.0", `${step} ${when}`);
        if (step < steps || when === "before") repo.remove();
      }
    }
  });

  it("S4-10 version bump that is killed itself, at the branch or the switch, is brought to its end by running it again", async () => {
    repo = begun();
    process.env["PATH"] = `${folder}${delimiter}${path}`;
    die(0, "never");
    await repo.version("bump", "1.1.0");
    const steps = counted();
    repo.remove();
    writeFileSync(join(folder, "kill"), "");
    for (const [step, when] of [
      [steps - 1, "before"],
      [steps - 1, "after"],
      [steps, "after"],
    ] as const) {
      repo = begun();
      die(step, when);
      const env = { ...process.env, PATH: `${folder}${delimiter}${path}` };
      const words = [DUALREG, "version", "bump", "1.1.0", "--project", repo.projectDir];
      const signal = await new Promise<unknown>((done) => {
        execFile(process.execPath, words, { env }, (error) => done(error?.signal));
      });
      assert.equal(signal, "SIGKILL", `${step} ${when}`);
      process.env["PATH"] = path;
      assert.equal((await repo.version("bump", "1.1.0")).code, 0);
      assert.equal(wholeState(), "bump/v1.1.0");
      if (step < steps) repo.remove();
    }
  });

  it("S4-10 version bump run twice at once makes one branch: one run wins, and the other says so", async () => {
    repo = begun();
    const ran = await Promise.all(Array.from({ length: 4 }, () => repo.version("bump", "1.1.0")));
    assert.ok(ran.filter(({ stdout }) => stdout.startsWith("BUMPED 1.0.0")).length <= 1);
    for (const { code, stdout, stderr } of ran) {
      if (code === 0) assert.match(stdout, /^BUMPED (?:before )?1\.0\.0 -> 1\.1\.0/);
      else assert.match(stderr, /^Branch bump\/v1\.1\.0 |^The working tree has changes|: git says /);
    }
    assert.equal((await repo.version("bump", "1.1.0")).code, 0);
    assert.equal(wholeState(), "bump/v1.1.0");
  });

  it("S4-10 version bump to two versions at once makes both branches whole, and ends on one of them", async () => {
    repo = begun();
    const ran = await Promise.all([repo.version("bump", "1.1.0"), repo.version("bump", "1.2.0")]);
    assert.ok(ran.some(({ code }) => code === 0));
    for (const version of ["v1.1.0", "v1.2.0"]) {
      const made = repo.git("for-each-ref", "--format=%(refname)", `refs/heads/bump/${version}`) !== "";
      if (made)
        assert.match(repo.git("show", `bump/${version}:deploy/Chart.yaml`), new RegExp(`appVersion: "${version}"`));
    }
    assert.equal(repo.git("status", "--porcelain"), "");
  });
});
