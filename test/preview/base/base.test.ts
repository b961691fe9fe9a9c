import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DualRegistryError } from "../../../src/base/errors";
import { prepareBase, reviewAgainst, type ReviewRequest } from "../../../src/preview/base/base";
import { recordStages } from "../../../src/preview/record/recordStages";
import { GitProject, projectFiles } from "../../support/gitProject";

/** A project that needs a package of its own folder, so npm installs it without a network. */
const LOCAL_PACKAGE = {
  "helper/package.json": '{ "name": "helper", "version": "1.0.0" }\n',
  "package.json":
    '{ "name": "sample", "version": "1.0.0", "main": "index.js", "dependencies": { "helper": "file:helper" } }\n',
  "package-lock.json": JSON.stringify({
    ...{ name: "sample", version: "1.0.0", lockfileVersion: 3, requires: true },
    packages: {
      "": { name: "sample", version: "1.0.0", dependencies: { helper: "file:helper" } },
      helper: { version: "1.0.0" },
      "node_modules/helper": { resolved: "helper", link: true },
    },
  }),
};

const made: GitProject[] = [];

function project(below = ""): GitProject {
  const one = new GitProject(below);
  made.push(one);
  return one;
}

/** A project with a first commit that says "old" and files on disk that say "new". */
function changed(below = ""): GitProject {
  const one = project(below).write(projectFiles("old"));
  one.commit();
  return one.link().write(projectFiles("new"));
}

function refuses(code: string, words: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof DualRegistryError);
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

async function review(one: GitProject, more: Partial<ReviewRequest> = {}) {
  const { recordings: head } = await recordStages({ projectDir: one.projectDir });
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const request = { projectDir: one.projectDir, ref: "main", head, orEmpty: false, allowReplace: false, onWarning };
  return { ...(await reviewAgainst({ ...request, ...more })), warnings };
}

describe("base", function () {
  after(() => made.forEach((one) => one.remove()));

  it("prepareBase makes the commit's tree once and leaves index, branches and worktrees as they were", async () => {
    const one = changed();
    one.git("add", "index.js");
    const look = () =>
      ["status", "branch", "worktree"].map((word) => one.git(word, word === "worktree" ? "list" : "-v"));
    const before = look();
    const first = await prepareBase(one.projectDir, "main");
    assert.match(readFileSync(join(first.projectDir, "index.js"), "utf8"), /"old"/);
    assert.ok(lstatSync(join(first.projectDir, "node_modules")).isSymbolicLink());
    assert.deepEqual(first.stages, ["dev"]);
    assert.deepEqual(look(), before);
    assert.deepEqual(await prepareBase(one.projectDir, "HEAD"), first);
    assert.equal(readdirSync(join(one.root, ".cache", "dualreg", "base")).length, 1);
  });

  it("prepareBase side by side gives one tree", async () => {
    const one = changed();
    const all = await Promise.all([1, 2, 3].map(() => prepareBase(one.projectDir, "main")));
    assert.equal(new Set(all.map(({ projectDir }) => projectDir)).size, 1);
    assert.equal(readdirSync(join(one.root, ".cache", "dualreg", "base")).length, 1);
  });

  it("prepareBase installs the base's own lockfile where it differs", async () => {
    const one = project().write({ ...projectFiles("old"), ...LOCAL_PACKAGE });
    one.commit();
    one.link().write(projectFiles("new"));
    const { projectDir } = await prepareBase(one.projectDir, "main");
    assert.ok(!lstatSync(join(projectDir, "node_modules")).isSymbolicLink());
    assert.ok(existsSync(join(projectDir, "node_modules", "helper", "package.json")));
  });

  it("prepareBase finds a project below the repository's root", async () => {
    const one = changed("infra/registry");
    const { projectDir } = await prepareBase(one.projectDir, "main");
    assert.match(projectDir, /infra\/registry\/?$/);
    assert.match(readFileSync(join(projectDir, "index.js"), "utf8"), /"old"/);
  });

  it("prepareBase is not led astray by git's variables", async () => {
    const one = changed();
    process.env["GIT_DIR"] = "/nowhere";
    try {
      assert.deepEqual((await prepareBase(one.projectDir, "main")).stages, ["dev"]);
    } finally {
      delete process.env["GIT_DIR"];
    }
  });

  for (const ref of ["--output=x", "-h", "", "a\nb"]) {
    it(`prepareBase refuses ${JSON.stringify(ref)} as a ref`, async () => {
      await assert.rejects(prepareBase(changed().projectDir, ref), refuses("USAGE", /a branch, a tag or a commit/));
    });
  }

  it("prepareBase names an unknown ref", async () => {
    await assert.rejects(
      prepareBase(changed().projectDir, "nowhere"),
      refuses("BASE_UNUSABLE", /"nowhere".*no such commit/),
    );
  });

  it("prepareBase says that there is no repository", async () => {
    const one = changed();
    rmSync(join(one.root, ".git"), { recursive: true });
    await assert.rejects(prepareBase(one.projectDir, "main"), refuses("BASE_UNUSABLE", /in no git repository/));
  });

  it("prepareBase says how a shallow clone gets the commit", async () => {
    const one = changed();
    const first = one.git("rev-parse", "HEAD").trim();
    one.commit();
    const clone = project();
    clone.git("fetch", "--quiet", "--depth=1", `file://${one.root}`, "main");
    clone.git("checkout", "--quiet", "FETCH_HEAD");
    for (const ref of [first, "HEAD~1"]) {
      await assert.rejects(prepareBase(clone.root, ref), refuses("BASE_UNUSABLE", /--unshallow.*fetch-depth: 0/));
    }
  });

  it("prepareBase says that a commit has no project", async () => {
    const one = project().write({ "README.md": "x\n" });
    one.commit();
    one.write(projectFiles("new")).link();
    await assert.rejects(prepareBase(one.projectDir, "main"), refuses("BASE_UNUSABLE", /has no "Pulumi.yaml"/));
  });

  it("prepareBase says that a base does not install, and leaves nothing behind", async () => {
    const one = project().write({ ...projectFiles("old"), "package-lock.json": "{ broken" });
    one.commit();
    one.write(projectFiles("new")).link();
    await assert.rejects(prepareBase(one.projectDir, "main"), refuses("BASE_UNUSABLE", /Cannot install the packages/));
    assert.deepEqual(readdirSync(join(one.root, ".cache", "dualreg", "base")), []);
  });

  it("prepareBase gives npm no credential that a base's .npmrc could send away", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const lock = JSON.stringify({
      ...{ name: "sample", version: "1.0.0", lockfileVersion: 3, requires: true },
      packages: { "": { dependencies: { nowhere: "1.0.0" } }, "node_modules/nowhere": { version: "1.0.0" } },
    });
    const one = project().write({
      ...projectFiles("old"),
      ".npmrc": `registry=http://127.0.0.1:${port}/\${DUALREG_PLANTED_TOKEN}/\nfetch-retries=0\n`,
      "package.json": '{ "name": "sample", "version": "1.0.0", "dependencies": { "nowhere": "1.0.0" } }\n',
      "package-lock.json": lock,
    });
    one.commit();
    process.env["DUALREG_PLANTED_TOKEN"] = "planted-token";
    try {
      await assert.rejects(
        prepareBase(one.projectDir, "HEAD"),
        refuses("BASE_UNUSABLE", /Cannot install the packages/),
      );
      assert.ok(asked.length > 0, "npm asked nobody");
      assert.ok(!asked.join().includes("planted-token"));
    } finally {
      delete process.env["DUALREG_PLANTED_TOKEN"];
      server.close();
    }
  });

  it("reviewAgainst shows what changes from the base's program to the head's", async () => {
    const { stages, verdict } = await review(changed());
    const [change] = stages[0]?.changes ?? [];
    assert.deepEqual(change?.properties, [{ path: "text", before: "old", after: "new", effect: "update" }]);
    assert.equal(verdict.exitCode, 0);
  });

  it("reviewAgainst finds another subscription although no resource changes, and nothing lifts it", async () => {
    const told = (subscription: string) => ({
      "Pulumi.dev.yaml": `config: { "azure-native:subscriptionId": ${subscription} }\n`,
    });
    const files = projectFiles("same");
    const program = `const pulumi = require("@pulumi/pulumi");
new pulumi.CustomResource("azure-native_resources_v20240301:resources:ResourceGroup", "group", {});
`;
    const one = project().write({ ...files, ...told("a"), "index.js": program });
    one.commit();
    one.link().write(told("b"));
    const { stages, verdict } = await review(one, { allowReplace: true });
    assert.deepEqual([stages[0]?.changes, verdict.exitCode], [[], 1]);
    assert.match(verdict.findings[0]?.reason ?? "", /^was "a" and is "b": 1 resource remains where "a" put them/);
  });

  it("reviewAgainst shows a stage only the base has as deletes", async () => {
    const one = project().write(projectFiles("old", ["dev", "qa"]));
    one.commit();
    one.git("rm", "--quiet", "Pulumi.qa.yaml");
    const { stages } = await review(one.link());
    assert.deepEqual(
      stages.map(({ stack, changes }) => [stack, changes.map(({ kind }) => kind)]),
      [
        ["dev", []],
        ["qa", ["delete", "delete"]],
      ],
    );
  });

  it("reviewAgainst leaves out a file of the base that its own list does not name", async () => {
    const one = project().write(projectFiles("old", ["dev", "qa"]));
    one.write({ "Pulumi.yaml": "name: sample\nruntime: nodejs\nconfig:\n  stages:\n    value: [dev]\n" });
    one.commit();
    one.write({ "Pulumi.yaml": "name: sample\nruntime: nodejs\nconfig:\n  stages:\n    value: [dev, qa]\n" }).link();
    const { stages } = await review(one);
    assert.deepEqual(
      stages.map(({ stack, changes }) => [stack, [...new Set(changes.map(({ kind }) => kind))]]),
      [
        ["dev", []],
        ["qa", ["create"]],
      ],
    );
  });

  it("reviewAgainst says that the base's program fails, or takes it for empty", async () => {
    const one = project().write({ ...projectFiles(""), "index.js": 'throw new Error("broken at base");\n' });
    one.commit();
    one.write(projectFiles("new")).link();
    await assert.rejects(review(one), refuses("BASE_UNUSABLE", /program of --base "main" fails:\n.*broken at base/s));
    const { stages, warnings } = await review(one, { orEmpty: true });
    assert.deepEqual(
      stages[0]?.changes.map(({ kind }) => kind),
      ["create", "create"],
    );
    assert.match(warnings.join(""), /broken at base[^]*taken for empty/);
  });
});
