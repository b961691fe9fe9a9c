import assert from "node:assert/strict";
import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { CHART, LOCK, PACKAGE, VersionRepo } from "../../support/versions/versionRepo";

/** A repository with a chart and a package, committed. */
function begun(product = "", below = ""): VersionRepo {
  const repo = new VersionRepo(product, below).put("package.json", PACKAGE).put("package-lock.json", LOCK);
  repo.commit();
  return repo;
}

/** Merges a branch as a platform does, and fetches main. */
function merge(repo: VersionRepo, branch: string): string {
  repo.git("switch", "--quiet", "main");
  repo.git("merge", "--quiet", "--no-ff", "-m", "Merge", branch);
  repo.git("update-ref", "refs/remotes/origin/main", "main");
  return repo.git("rev-parse", "main").trim();
}

describe("dualreg version bump", () => {
  let repo: VersionRepo;
  afterEach(() => repo.remove());
  const at = (revision: string, file: string) => repo.git("show", `${revision}:${repo.below}${file}`);

  for (const [product, tag, below] of [
    ["", "orders-v1.1.0", ""],
    ["versionPrefix: none", "orders-1.1.0", "products/orders/"],
  ] as const) {
    it(`S4-10 version bump changes Chart.yaml and package.json on a branch, and ${tag} is made once that is merged`, async () => {
      repo = begun(product, below);
      const { code, stdout, stderr } = await repo.version("bump", "1.1.0", "--format", "json");
      assert.equal(code, 0, stderr);
      const app = product === "" ? "v1.1.0" : "1.1.0";
      const bumped = JSON.parse(stdout) as Record<string, unknown>;
      const files = ["deploy/Chart.yaml", "package.json", "package-lock.json"].map((file) => `${below}${file}`);
      const { commit, ...rest } = bumped;
      const push = `git push --set-upstream origin bump/${app}`;
      assert.deepEqual(rest, { version: "1.1.0", from: "1.0.0", branch: `bump/${app}`, files, made: true, push });
      const chart = CHART.replace("version: 1.0.0   #", "version: 1.1.0   #").replace('"v1.0.0"', `"${app}"`);
      assert.equal(at(`bump/${app}`, "deploy/Chart.yaml"), chart);
      assert.match(readFileSync(join(repo.projectDir, "deploy/Chart.yaml"), "utf8"), /^version: 1\.1\.0/m);
      assert.equal(at(String(commit), "package.json"), PACKAGE.replace('"version" : "1.0.0"', '"version" : "1.1.0"'));
      assert.equal(repo.git("log", "--format=%s", "main..HEAD"), "Version 1.1.0\n");
      assert.equal(at("main", "deploy/Chart.yaml"), CHART);
      assert.equal(repo.git("tag"), "");
      repo.git("update-ref", "refs/remotes/origin/main", "main");
      const early = await repo.version("bump", "--tag", "1.1.0");
      assert.equal(early.code, 1);
      assert.match(
        early.stderr,
        /on origin\/main \([0-9a-f]{12}\) has version 1\.0\.0, and not 1\.1\.0; merge the bump/,
      );
      const merged = merge(repo, `bump/${app}`);
      repo.commit();
      repo.git("update-ref", "refs/remotes/origin/main", "main");
      const tagged = await repo.version("bump", "--tag");
      assert.equal(tagged.stdout, `TAGGED ${tag} at ${merged}\n  push it: git push origin refs/tags/${tag}\n`);
      assert.equal(repo.git("cat-file", "-t", tag), "tag\n");
      const again = await repo.version("bump", "--tag");
      assert.deepEqual([again.code, again.stdout.split(" at ")[0]], [0, `TAGGED before ${tag}`]);
    });
  }

  it("S4-10 version bump goes by one step from what the chart has, and a second run changes nothing", async () => {
    repo = begun();
    assert.match((await repo.version("bump", "--minor")).stdout, /^BUMPED 1\.0\.0 -> 1\.1\.0 on bump\/v1\.1\.0/);
    const state = repo.state();
    for (const words of [["--minor"], ["1.1.0"], ["v1.1.0"]])
      assert.match((await repo.version("bump", ...words)).stdout, /^BUMPED before 1\.0\.0 -> 1\.1\.0/);
    assert.equal(repo.state(), state);
  });

  it("S4-10 version bump leaves package.json alone where there is none, or none of a version", async () => {
    repo = new VersionRepo().put("package.json", '{ "private": true }\n');
    repo.commit();
    const { stdout } = await repo.version("bump", "2.0.0");
    assert.match(stdout, /^BUMPED 1\.0\.0 -> 2\.0\.0 on bump\/v2\.0\.0\n {2}deploy\/Chart\.yaml\n {2}push it/);
  });

  /** Each with what is done before, the words, the exit code and what is said. */
  const REFUSED: readonly (readonly [string, (repo: VersionRepo) => void, readonly string[], number, RegExp])[] = [
    [
      "a dirty tree",
      (to) => to.put("package.json", "{}"),
      ["1.1.0"],
      1,
      /has changes, such as of "package\.json"; commit/,
    ],
    [
      "what is staged",
      (to) => (to.put("new.txt", "x"), to.git("add", "new.txt")),
      ["1.1.0"],
      1,
      /such as of "new\.txt"/,
    ],
    [
      "a tag that stands",
      (to) => to.tag("orders-v1.1.0"),
      ["1.1.0"],
      1,
      /tag "orders-v1\.1\.0" stands already; take the next/,
    ],
    ["the version it has", () => undefined, ["1.0.0"], 1, /chart "orders" has that version already; take a higher one/],
    ["a lower version", () => undefined, ["0.9.0"], 1, /is at 1\.0\.0, which is not below it/],
    [
      "the other form",
      () => undefined,
      ["1.1.0-rc1"],
      2,
      /version "1\.1\.0-rc1" is not allowed; allowed: three numbers/,
    ],
    ["no version", () => undefined, [], 2, /Name the new version; allowed: a version such as 1\.1\.0, --patch/],
    ["two ways", () => undefined, ["1.1.0", "--patch"], 2, /not both/],
    [
      "a path out of the project",
      () => undefined,
      ["1.1.0", "--chart", "../x/Chart.yaml"],
      2,
      /leads out of the project/,
    ],
    ["a chart that is not there", () => undefined, ["1.1.0", "--chart", "x.yaml"], 1, /"x\.yaml" is not in the commit/],
    [
      "a link out of the tree",
      (to) => {
        rmSync(join(to.projectDir, "deploy/Chart.yaml"));
        symlinkSync("/etc/hostname", join(to.projectDir, "deploy/Chart.yaml"));
        to.commit();
      },
      ["1.1.0"],
      1,
      /"deploy\/Chart\.yaml" is a link or a folder; wanted: a file of its own/,
    ],
    [
      "what is not UTF-8",
      (to) => to.put("deploy/Chart.yaml", Buffer.from([0x61, 0xff, 0xfe])).commit(),
      ["1.1.0"],
      1,
      /is not UTF-8/,
    ],
    [
      "a chart that is too large",
      (to) => to.put("deploy/Chart.yaml", `${CHART}# ${"x".repeat(300_000)}\n`).commit(),
      ["1.1.0"],
      1,
      /bytes; allowed: at most 262144/,
    ],
    [
      "another branch of that name",
      (to) => to.git("branch", "bump/v1.1.0"),
      ["1.1.0"],
      1,
      /Branch bump\/v1\.1\.0 is there with other content, at [0-9a-f]{12}; merge it, or delete it: git branch -D/,
    ],
    [
      "the branch of another bump",
      (to) => to.git("switch", "-q", "-c", "bump/x"),
      ["1.1.0"],
      1,
      /another bump; switch to main/,
    ],
    ["a tag before main is fetched", () => undefined, ["--tag"], 1, /"origin\/main" is not known here; fetch it first/],
  ];
  for (const [what, before, words, code, says] of REFUSED) {
    it(`S4-10 version bump refuses ${what}, and changes nothing`, async () => {
      repo = begun();
      before(repo);
      const state = repo.state();
      const ran = await repo.version("bump", ...words);
      assert.equal(ran.code, code, ran.stdout);
      assert.match(ran.stderr, says);
      assert.equal(repo.state(), state);
    });
  }

  it("S4-10 version bump --tag refuses a tag that stands for another commit, and moves none", async () => {
    repo = begun();
    await repo.version("bump", "1.1.0");
    repo.tag("orders-v1.1.0");
    const stands = repo.git("rev-parse", "orders-v1.1.0");
    merge(repo, "bump/v1.1.0");
    const { code, stderr } = await repo.version("bump", "--tag");
    assert.equal(code, 1);
    assert.match(stderr, /Tag "orders-v1\.1\.0" stands for [0-9a-f]{12}, and would be [0-9a-f]{12}; tags never move/);
    assert.equal(repo.git("rev-parse", "orders-v1.1.0"), stands);
  });

  it("S4-10 version bump --tag goes by main's own line: what came before and after the merge is not tagged", async () => {
    repo = begun();
    await repo.version("bump", "1.1.0");
    const merged = merge(repo, "bump/v1.1.0");
    repo.put("deploy/Chart.yaml", repo.git("show", "main:deploy/Chart.yaml").replace("[orders,", "[order,")).commit();
    repo.git("update-ref", "refs/remotes/origin/main", "main");
    assert.ok((await repo.version("bump", "--tag")).stdout.includes(merged));
  });
});
