import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { VersionRepo } from "../../support/versions/versionRepo";

describe("dualreg version in a clone", () => {
  let repo: VersionRepo;
  afterEach(() => repo.remove());

  /** A repository with these tags, all of one commit. */
  function tagged(product: string, ...tags: readonly string[]): VersionRepo {
    repo = new VersionRepo(product);
    repo.commit();
    return repo.tag(...tags);
  }

  it("S3-1 version next counts up the patch of git's tags, or the minor or major version", async () => {
    tagged("", "v1.0.9", "v1.0.10-qa", "orders-v9.0.0", "1.5.0", "v2", "nightly");
    assert.equal((await repo.version("next")).stdout, "v1.0.11\n");
    assert.equal((await repo.version("next", "--patch")).stdout, "v1.0.11\n");
    assert.equal((await repo.version("next", "--minor")).stdout, "v1.1.0\n");
    assert.equal((await repo.version("next", "--major")).stdout, "v2.0.0\n");
    const json = JSON.parse((await repo.version("next", "--format", "json")).stdout) as unknown;
    assert.deepEqual(json, { version: "v1.0.11", after: "v1.0.10-qa", from: "git" });
    const both = await repo.version("next", "--minor", "--major");
    assert.equal(both.code, 2);
  });

  it("S3-1 version next of a product without a prefix looks at its own form alone", async () => {
    tagged("versionPrefix: none", "v9.0.0", "1.1.3", "1.1.3-rc1");
    assert.equal((await repo.version("next")).stdout, "1.1.4\n");
    assert.equal((await repo.version("next", "--candidate")).stdout, "1.1.4-rc1\n");
  });

  it("S3-4 version next --candidate goes on by number in the form that is in use, and goes by a registry's tags", async () => {
    tagged("", "v1.1.3-rc.9", "v1.1.3-rc.10");
    assert.equal((await repo.version("next", "--candidate")).stdout, "v1.1.3-rc.11\n");
    assert.equal((await repo.version("next", "--candidate", "--minor")).stdout, "v1.2.0-rc1\n");
    const listed = ["latest", "v1.1.3-rc1", "v1.1.3-rc2", "v1.1.3-rc10", "v1.1.2", "sha256-abc", "v1.1.3-rc02"];
    for (const text of [
      `${listed.join("\n")}\n`,
      listed.join("\r\n"),
      JSON.stringify({ name: "orders/api", tags: listed }),
      JSON.stringify(listed),
    ]) {
      repo.put("tags.txt", text);
      const ran = await repo.version("next", "--candidate", "--from-tags", join(repo.projectDir, "tags.txt"));
      assert.equal(ran.stdout, "v1.1.3-rc11\n", ran.stderr);
    }
    for (const text of ['{ "tags": [1] }', "{", '{ "tags": null }']) {
      const ran = await repo
        .put("tags.txt", text)
        .version("next", "--candidate", "--from-tags", join(repo.projectDir, "tags.txt"));
      assert.equal(ran.code, 1, text);
    }
  });

  it("S3-1 version tags lists what git has, sorted by number, and what is no version", async () => {
    tagged("", "v1.0.0-rc2", "v1.0.0-rc10", "v1.0.0", "v1.1.0-rc1", "v1.1.0-dev.abc123", "1.0.0", "orders-v1.0.0");
    repo.git("tag", "-a", "-m", "x", "v0.9.0");
    const commit = repo.git("rev-parse", "--short=12", "HEAD").trim();
    assert.equal(
      (await repo.version("tags")).stdout,
      [
        `v1.1.0-rc1         ${commit}  candidate of v1.1.0, not released  qa, uat`,
        `v1.0.0             ${commit}  release                            prod`,
        `v1.0.0-rc10        ${commit}  candidate of v1.0.0                qa, uat`,
        `v1.0.0-rc2         ${commit}  candidate of v1.0.0                qa, uat`,
        `v0.9.0             ${commit}  release                            prod`,
        `v1.1.0-dev.abc123  ${commit}  dev of v1.1.0`,
        "",
        "Other tags:",
        '  1.0.0: version "1.0.0" has no v in front, and this product\'s versions have one (product.versionPrefix: v); allowed: v1.0.0',
        "  orders-v1.0.0: v1.0.0 of chart orders",
        "",
      ].join("\n"),
    );
    const json = JSON.parse((await repo.version("tags", "--format", "json")).stdout) as { versions: unknown[] };
    assert.equal(json.versions.length, 5);
  });

  it("version rollback says where it goes back to, by which commands, and moves no tag", async () => {
    tagged("", "v1.0.0-qa", "v1.0.0-uat", "v1.0.0");
    const first = repo.git("rev-parse", "HEAD").trim();
    repo.commit();
    repo.tag("v1.0.1", "v1.0.2-rc1", "v1.0.2");
    const state = repo.state();
    const { code, stdout } = await repo.version("rollback");
    assert.equal(code, 0);
    assert.equal(
      stdout,
      [
        `prod: back from v1.0.2 to v1.0.0 at ${first}`,
        "  not v1.0.1: there is no v1.0.1-qa",
        "  dualreg image verify <repository>:v1.0.0 --outputs prod.json --digest <digest>",
        "  then let the GitOps repository name the digests of that version, by a reviewed pull request",
        "",
      ].join("\n"),
    );
    const refused = await repo.version("rollback", "--to", "v1.0.1");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^Rollback: v1\.0\.1 is not whole: there is no v1\.0\.1-qa/);
    assert.equal(repo.state(), state);
  });

  it("S3-1 the commands of versions say where there is no clone", async () => {
    tagged("");
    rmSync(join(repo.root, ".git"), { recursive: true });
    for (const words of [["next"], ["tags"], ["rollback"], ["bump", "1.1.0"]]) {
      const { code, stderr } = await repo.version(...words);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /cannot be read as a clone: .*run this in a clone of the product's repository/);
    }
  });

  it("S4-8 version tag --git-tag makes an annotated tag of a branch's version, once, and says what to push", async () => {
    tagged("");
    const commit = repo.git("rev-parse", "HEAD").trim();
    const words = ["tag", "1.0.0", "--branch", "feature/x", "--commit", commit.slice(0, 12), "--git-tag"];
    const first = await repo.version(...words);
    const tag = first.stdout.trim();
    assert.match(tag, /^v1\.0\.0-dev\.[0-9a-f]{7,}$/);
    assert.equal(first.stderr, `Tagged: ${tag} at ${commit}; push it: git push origin refs/tags/${tag}\n`);
    assert.deepEqual(
      [repo.git("cat-file", "-t", tag), repo.git("rev-parse", `${tag}^{commit}`)],
      ["tag\n", `${commit}\n`],
    );
    assert.match((await repo.version(...words)).stderr, /^Tagged before: /);
    const beta = ["tag", "1.0.0", "--branch", "develop", "--created", "2026-11-01T08:09:10Z", "--git-tag"];
    const json = (await repo.version(...beta, "--commit", commit, "--format", "json")).stdout;
    assert.deepEqual(JSON.parse(json), {
      version: "v1.0.0-beta.20261101080910",
      rule: { branch: "develop", version: "beta" },
      branch: "develop",
      gitTag: { commit, made: true, push: "git push origin refs/tags/v1.0.0-beta.20261101080910" },
    });
    repo.commit();
    const moved = await repo.version(...beta, "--commit", repo.git("rev-parse", "HEAD").trim());
    assert.equal(moved.code, 1);
    assert.match(moved.stderr, /stands for [0-9a-f]{12}, and would be [0-9a-f]{12}; tags never move/);
  });

  it("S4-8 version tag --git-tag refuses a commit that is not there, and a release that sign-offs let through", async () => {
    tagged("");
    const main = ["tag", "1.0.0", "--branch", "main", "--git-tag"];
    const none = await repo.version(...main);
    assert.deepEqual([none.code, repo.git("tag")], [2, ""]);
    const unknown = await repo.version(...main, "--commit", "0123456789");
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /"0123456789" is not known here/);
    repo.put("Pulumi.yaml", "name: sample\nruntime: nodejs\nconfig: {}\n").commit();
    const gated = await repo.version(...main, "--commit", repo.git("rev-parse", "HEAD").trim());
    assert.equal(gated.code, 1);
    assert.match(gated.stderr, /v1\.0\.0 would be the git tag of a release.*dualreg release request v1\.0\.0/);
    assert.equal(repo.git("tag"), "");
  });
});
