import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { inspect } from "node:util";
import type { GitOpsRepository } from "../../../src/domain/gitops";
import { GitOpsClone } from "../../../src/gitops/git/clone";
import { BareRepository } from "../../support/gitops/bareRepository";
import { type GitServer, startGitServer } from "../../support/gitops/gitServer";
import { coded } from "../../support/images/rejection";

const TOKEN = "a-token-of-a-test-that-is-long";
const FILE = "apps/qa/inventory.yaml";

describe("GitOpsClone", () => {
  let repository: BareRepository;
  before(() => {
    repository = new BareRepository({ [FILE]: "\ufeffname: x\r\n" });
  });
  after(() => {
    repository.remove();
  });
  const at = (different: Partial<GitOpsRepository> = {}): GitOpsRepository => ({
    ...{ address: repository.address, forge: "github", branch: "main" },
    ...different,
  });

  it("S3-6 reads a file byte for byte, and leaves nothing behind", async () => {
    const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("dualreg-gitops-"));
    const before = folders();
    const clone = await GitOpsClone.open(at(), {});
    assert.equal(await clone.read(FILE), "\ufeffname: x\r\n");
    assert.equal(await clone.read("apps/none.yaml"), undefined);
    clone.close();
    assert.deepEqual(folders(), before);
  });

  it("S3-6 a branch that moved meanwhile is not touched", async () => {
    const clone = await GitOpsClone.open(at(), {});
    const commit = await clone.commit(new Map([[FILE, "other\n"]]), "Change");
    const theirs = repository.commit({ "x.txt": "x" }, "Theirs", "main");
    repository.git("branch", "dualreg/moved", theirs);
    const refused = coded("GIT_REFUSED", "the branch moved meanwhile: run it again");
    await assert.rejects(clone.push("dualreg/moved", commit, { expected: undefined }), refused);
    assert.equal(repository.branches().get("dualreg/moved"), theirs);
    repository.git("branch", "-D", "dualreg/moved");
    clone.close();
  });

  it("S3-6 an address that runs a command is not followed, wherever it comes from", async () => {
    const opened = GitOpsClone.open(at({ address: "ext::sh -c touch% /tmp/never" }), {});
    await assert.rejects(opened, coded("GIT_UNAVAILABLE", "transport 'ext' not allowed"));
  });

  describe("over HTTP", () => {
    let server: GitServer;
    before(async () => {
      server = await startGitServer(repository, `x-access-token:${TOKEN}`);
    });
    after(() => server.stop());

    it("S3-6 sends the token of the environment to the repository's host, and pushes", async () => {
      const clone = await GitOpsClone.open(at({ address: server.address, token: "DEPLOY_TOKEN" }), {
        DEPLOY_TOKEN: TOKEN,
        GITHUB_TOKEN: "another one, which is of no use here",
      });
      const commit = await clone.commit(new Map([[FILE, "changed\n"]]), "Change");
      await clone.push("dualreg/pushed", commit, { expected: undefined });
      assert.equal(repository.branches().get("dualreg/pushed"), commit);
      await clone.deleteBranch("dualreg/pushed", commit);
      assert.equal(repository.branches().has("dualreg/pushed"), false);
      assert.deepEqual([...new Set(server.logins)], [`x-access-token:${TOKEN}`]);
      clone.close();
    });

    it("S3-6 says which variable wants another token, and never what is in it", async () => {
      for (const token of ["", "a-wrong-token-of-a-test"]) {
        const told = coded("GIT_AUTH", "give a token that may push in GITHUB_TOKEN or GH_TOKEN");
        await assert.rejects(GitOpsClone.open(at({ address: server.address }), { GITHUB_TOKEN: token }), (error) => {
          assert.ok(token === "" || !inspect(error, { depth: 10 }).includes(token));
          return told(error);
        });
      }
    });
  });

  it("S3-6 changes one file of a hundred thousand", async () => {
    const large = new BareRepository();
    try {
      const blob = "blob\nmark :1\ndata 5\nname\n\n";
      const rows = Array.from({ length: 100_000 }, (_, n) => `M 100644 :1 apps/${n % 1000}/${n}.yaml`).join("\n");
      const head = "commit refs/heads/main\ncommitter T <t@example.com> 1700000000 +0000\ndata 1\nx\n";
      const input = `${blob}${head}from refs/heads/main^0\n${rows}\n`;
      execFileSync("git", ["fast-import", "--quiet"], { cwd: large.folder, input });
      const clone = await GitOpsClone.open(at({ address: large.address }), {});
      const commit = await clone.commit(new Map([["apps/7/7.yaml", "other\n"]]), "Change");
      await clone.push("dualreg/large", commit, { expected: undefined });
      assert.equal(large.git("diff", "--name-only", "main", "dualreg/large").trim(), "apps/7/7.yaml");
      clone.close();
    } finally {
      large.remove();
    }
  });
});
