import assert from "node:assert/strict";
import { type Change, branchOf, changeHash, deliver } from "../../src/gitops/deliver";
import { openForge } from "../../src/gitops/forge";
import { GitOpsClone } from "../../src/gitops/git/clone";
import { BareRepository } from "../support/gitops/bareRepository";
import { type ForgeStandIn, startGithubForge } from "../support/gitops/forges";
import { coded } from "../support/images/rejection";

const FILE = "apps/uat/inventory.yaml";

/** What others do to branches of this program: none of it is vouched for, and none of it is lost. */
describe("deliver, where others work on its branches", () => {
  let repository: BareRepository;
  let forge: ForgeStandIn;
  beforeEach(async () => {
    repository = new BareRepository({ [FILE]: "old\n" });
    forge = await startGithubForge(repository);
  });
  afterEach(async () => {
    await forge.stop();
    repository.remove();
  });

  const change = (text: string): Change => ({
    ...{ kind: "promote", release: "inventory", stage: "uat", hash: changeHash([FILE, text]) },
    ...{ files: new Map([[FILE, text]]), text: { title: `To ${text.trim()}`, body: "only the images change" } },
    lines: ["orders/api"],
  });
  const run = async (text: string, api = true) => {
    const { address } = repository;
    const at = { address, forge: "github", branch: "main", project: "company/deploy", api: forge.url } as const;
    const clone = await GitOpsClone.open(at, {});
    try {
      const opened = openForge(at, { GITHUB_TOKEN: forge.token }, () => undefined);
      return await deliver(change(text), { clone, forge: api ? opened : undefined });
    } finally {
      clone.close();
    }
  };
  const branch = (text: string) => branchOf(change(text));
  const states = () => forge.requests.map(({ state }) => state);
  /** Somebody's branch, which begins at main, of these files. */
  const theirs = (name: string, files: Readonly<Record<string, string>>, message = "Theirs") => {
    if (!repository.branches().has(name)) repository.git("branch", name, "main");
    return repository.commit(files, message, name);
  };
  const amend = (name: string, ...words: string[]) => {
    repository.inWork("fetch", "--quiet", "origin");
    repository.inWork("checkout", "--quiet", "-B", name, `origin/${name}`);
    repository.inWork("commit", "--quiet", "--amend", "--allow-empty", ...words);
    repository.inWork("push", "--quiet", "--force", "origin", name);
    return repository.inWork("rev-parse", "HEAD").trim();
  };
  const foreign = coded("GIT_REFUSED", "has changes of somebody else");

  const FOREIGN: readonly [string, (name: string) => string][] = [
    ["a further file", (name) => theirs(name, { [FILE]: "new\n", "evil.yaml": "image: evil\n" })],
    [
      "a further file in a commit below",
      (name) => {
        theirs(name, { "evil.yaml": "image: evil\n" });
        return theirs(name, { [FILE]: "new\n" });
      },
    ],
    [
      "the file made executable",
      (name) => {
        theirs(name, { [FILE]: "new\n" });
        repository.inWork("update-index", "--chmod=+x", FILE);
        return amend(name, "--no-edit");
      },
    ],
    ["another text", (name) => theirs(name, { [FILE]: "evil\n" })],
  ];
  for (const [what, make] of FOREIGN) {
    it(`S3-6 asks for no branch that was pushed beforehand with ${what}`, async () => {
      const head = make(branch("new\n"));
      await assert.rejects(run("new\n"), foreign);
      assert.deepEqual([states(), repository.branches().get(branch("new\n"))], [[], head]);
    });
  }

  it("S3-6 refuses a branch of its own that somebody added to, and leaves its request", async () => {
    await run("new\n");
    const [before] = structuredClone(forge.requests);
    const head = theirs(branch("new\n"), { "f.yaml": "image: evil\n" });
    await assert.rejects(run("new\n"), foreign);
    assert.deepEqual(forge.requests, [before]);
    assert.equal(repository.branches().get(branch("new\n")), head);
  });

  it("S3-6 a commit that somebody amended under its message is not overwritten", async () => {
    await run("new\n");
    repository.commit({ "z.yaml": "z\n" }, "Add z", "main");
    repository.inWork("fetch", "--quiet", "origin");
    const name = branch("new\n");
    repository.inWork("checkout", "--quiet", "-B", name, `origin/${name}`);
    repository.inWork("rm", "--quiet", "--cached", "-r", "--ignore-unmatch", "README.md");
    repository.inWork(
      "update-index",
      "--add",
      "--cacheinfo",
      `100644,${repository.inWork("rev-parse", `main:z.yaml`).trim()},mine.yaml`,
    );
    const head = amend(name, "--no-edit");
    await assert.rejects(run("new\n"), foreign);
    assert.equal(repository.branches().get(name), head);
  });

  for (const api of [true, false]) {
    it(`S3-9 what is overtaken keeps its branch where somebody committed to it, ${api ? "with" : "without"} a forge`, async () => {
      await run("two\n", api);
      const head = theirs(branch("two\n"), { "f.yaml": "mine\n" }, "Mine\n\nChange: promote 000000000000");
      const { closed, notes } = await run("three\n", api);
      assert.equal(repository.branches().get(branch("two\n")), head);
      assert.match(notes.join(), /has changes of somebody else, so it was not deleted/);
      assert.deepEqual([closed, states()], api ? [[1], ["closed", "open"]] : [[], []]);
    });
  }

  it("S3-9 a request is overtaken by a file that says already what is wanted", async () => {
    await run("two\n");
    const { state, closed, notes } = await run("old\n");
    assert.deepEqual({ state, closed, notes }, { state: "unchanged", closed: [1], notes: [] });
    assert.deepEqual([states(), [...repository.branches().keys()]], [["closed"], ["main"]]);
    assert.match(forge.requests[0]?.comments.join() ?? "", /^Overtaken by main, which says already/);
  });

  it("S3-6 leaves a request as it is where the branch that is deployed moved on elsewhere, or was merged into it", async () => {
    const { commit } = await run("new\n");
    assert.deepEqual((await run("new\n")).state, "open");
    repository.commit({ "z.yaml": "z\n" }, "Add z", "main");
    assert.deepEqual((await run("new\n")).state, "open");
    assert.equal(repository.branches().get(branch("new\n")), commit);
    repository.inWork("fetch", "--quiet", "origin");
    repository.inWork("checkout", "--quiet", "-B", branch("new\n"), `origin/${branch("new\n")}`);
    repository.inWork("merge", "--quiet", "--no-edit", "origin/main");
    repository.inWork("push", "--quiet", "origin", branch("new\n"));
    repository.commit({ "y.yaml": "y\n" }, "Add y", "main");
    assert.deepEqual([(await run("new\n")).state, states()], ["open", ["open"]]);
  });
});
