import assert from "node:assert/strict";
import fc from "fast-check";
import { branchOf, type Change, changeHash, deliver } from "../../src/gitops/deliver";
import { openForge } from "../../src/gitops/forge";
import { GitOpsClone } from "../../src/gitops/git/clone";
import { BareRepository } from "../support/gitops/bareRepository";
import { type ForgeStandIn, startGithubForge } from "../support/gitops/forges";

const FILE = "apps/uat/inventory.yaml";

describe("deliver", () => {
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

  const change = (text: string, different: Partial<Change> = {}): Change => ({
    ...{ kind: "promote", release: "inventory", stage: "uat", hash: changeHash([FILE, text]) },
    ...{ files: new Map([[FILE, text]]), text: { title: "A change", body: "of a file" }, lines: ["orders/api:v1"] },
    ...different,
  });
  const run = async (given: Change, api = true) => {
    const { address } = repository;
    const at = { address, forge: "github", branch: "main", project: "company/deploy", api: forge.url } as const;
    const clone = await GitOpsClone.open(at, {});
    try {
      const opened = openForge(at, { GITHUB_TOKEN: forge.token }, () => undefined);
      return await deliver(given, { clone, forge: api ? opened : undefined });
    } finally {
      clone.close();
    }
  };

  it("S3-6 the same wish has the same branch, and another wish another one", () => {
    const wish = fc.array(fc.tuple(fc.string(), fc.nat(), fc.array(fc.string()), fc.string()), { maxLength: 5 });
    fc.assert(
      fc.property(wish, wish, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        const branches = [one, other].map((each) => branchOf(change("", { hash: changeHash(each) })));
        assert.equal(branches[0] === branches[1], same);
        assert.match(branches[0] ?? "", /^dualreg\/inventory-uat-[0-9a-f]{12}$/);
        assert.equal(changeHash(structuredClone(one)), changeHash(one));
      }),
    );
  });

  it("S3-6 however often wishes are delivered, in any order, one request is open, and it says the last of them", async () => {
    const wishes = fc.array(fc.constantFrom("a\n", "b\n", "c\n"), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(wishes, async (texts) => {
        for (const text of texts) await run(change(text));
        const last = texts.at(-1) ?? "";
        const open = forge.requests.filter(({ state }) => state === "open");
        assert.deepEqual(
          open.map(({ branch }) => branch),
          [branchOf(change(last))],
        );
        assert.equal(repository.show(FILE, open[0]?.branch), last);
        assert.deepEqual([...repository.branches().keys()].sort(), [open[0]?.branch ?? "", "main"].sort());
      }),
      { numRuns: 5 },
    );
  });

  it("S3-13 a promotion closes no rollback, and a rollback closes a promotion", async () => {
    await run(change("one\n", { kind: "rollback" }));
    await run(change("two\n"));
    assert.deepEqual(
      forge.requests.map(({ state }) => state),
      ["open", "open"],
    );
    await run(change("three\n", { kind: "rollback" }));
    assert.deepEqual(
      forge.requests.map(({ state }) => state),
      ["closed", "closed", "open"],
    );
  });

  it("S3-6 changes the files it is given and no other, also where their mode is special", async () => {
    repository.inWork("update-index", "--chmod=+x", FILE);
    repository.inWork("commit", "--quiet", "-m", "Mode");
    repository.inWork("push", "--quiet", "origin", "main");
    const { branch = "" } = await run(change("new\n"));
    const listed = repository.git("diff", "--raw", "--no-abbrev", "main", branch).trim().split("\n");
    assert.equal(listed.length, 1);
    assert.match(listed[0] ?? "", /^:100755 100755 [0-9a-f]+ [0-9a-f]+ M\tapps\/uat\/inventory\.yaml$/);
  });

  it("S3-6 a text that is shell is text", async () => {
    const shell = "$(touch /tmp/never) `touch /tmp/never`; --upload-pack=x\n";
    const { branch = "" } = await run(change(shell, { text: { title: shell.trim(), body: shell }, lines: [shell] }));
    assert.equal(repository.show(FILE, branch), shell);
    assert.equal(forge.requests[0]?.title, shell.trim());
  });
});
