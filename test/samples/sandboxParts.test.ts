import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeLeftovers } from "../../samples/sandbox/folder";
import { stagesToWalk } from "../../samples/sandbox/walk";
import { Cleanup } from "../../samples/stage/cleanup";
import { loginsOf, mayPull, Passwords, usersOf, whoMay } from "../../samples/stage/logins";
import { DualRegistryError } from "../../src/base/errors";
import { grantedOf } from "../support/registries/grants";

const STAGES = ["dev", "qa", "uat", "prod"];

describe("the parts of a sandbox", () => {
  it("stagesToWalk starts one stage where images are published to it, and the way to it behind that or with --promote", () => {
    const walk = (stage?: string, promote?: true, stages: readonly string[] = STAGES) =>
      stagesToWalk(stages, { project: ".", ...(stage && { stage }), ...(promote && { promote }) }).join(" ");
    assert.equal(walk(), "qa");
    assert.deepEqual(
      ["dev", "qa", "uat", "prod"].map((stage) => walk(stage)),
      ["dev", "qa", "qa uat", "qa uat prod"],
    );
    assert.equal(walk(undefined, true), "dev qa uat prod");
    assert.equal(walk("qa", true), "dev qa");
    assert.equal(walk(undefined, undefined, ["only"]), "only");
    assert.equal(walk(undefined, true, ["only"]), "only");
    assert.throws(() => walk("production"), /--stage "production": allowed: dev, qa, uat, prod/);
    assert.throws(() => walk("production"), DualRegistryError);
  });

  it("loginsOf makes somebody up for a stage whose plan has neither identities nor tokens", () => {
    const logins = loginsOf(
      new Map([
        ["dev", {}],
        ["prod", { access: [] }],
      ]),
    );
    assert.equal(whoMay(logins, "publish", "dev", "secure"), "sandbox-publish");
    assert.equal(whoMay(logins, "promote", "prod", "standard"), "sandbox-promote");
    const image = { repository: "orders/api", class: "secure", binding: "portable" } as const;
    assert.ok(mayPull(logins, "sandbox-pull", "prod", image));
    assert.ok(mayPull(logins, "sandbox-promote", "dev", image));
    assert.ok(!mayPull(logins, "sandbox-publish", "uat", image));
  });

  it("usersOf turns a scope map into grants of exactly its repositories", () => {
    const row = { who: "team", kind: "token", purpose: "pull", stage: "qa", registry: "secure", assumedBy: ["team"] };
    const access = [{ ...row, actions: ["pull"], repositories: ["orders/a.i", "tools/*"] }];
    const [user, ...others] = usersOf(loginsOf(new Map([["qa", { access }]])), "qa", "secure", new Passwords());
    assert.deepEqual([user?.username, others], ["team", []]);
    const granted = (name: string, ...actions: string[]) =>
      grantedOf([{ type: "repository", name, actions }], user?.grants ?? [])[0]?.actions;
    assert.deepEqual(granted("orders/a.i", "pull", "push"), ["pull"]);
    assert.deepEqual(granted("tools/deep/er", "pull"), ["pull"]);
    for (const name of ["orders/axi", "orders/a.i/x", "tools", "x/tools/a"])
      assert.deepEqual(granted(name, "pull"), []);
  });

  it("Cleanup ends what began last first, all of it though one fails, and once", async () => {
    const cleanup = new Cleanup();
    const ended: string[] = [];
    cleanup.add(() => void ended.push("first"));
    cleanup.add(() => Promise.reject(new Error("the second fails")));
    cleanup.add(() => void ended.push("third"));
    await assert.rejects(cleanup.run(), /the second fails/);
    await cleanup.run();
    assert.deepEqual(ended, ["third", "first"]);
  });

  describe("removeLeftovers", () => {
    let parent: string;
    let owner: Server | undefined;
    beforeEach(() => {
      parent = mkdtempSync(join(tmpdir(), "sandbox-left-"));
    });
    afterEach(() => {
      owner?.close();
      rmSync(parent, { recursive: true, force: true });
    });
    const folder = (name: string): string => {
      const dir = join(parent, name);
      mkdirSync(join(dir, "logins"), { recursive: true });
      writeFileSync(join(dir, "logins", "config.json"), "{}");
      return dir;
    };

    it("removes what a killed sandbox left, and leaves running ones, those that begin and others' folders alone", async () => {
      const killed = folder("dualreg-sandbox-killed");
      const running = folder("dualreg-sandbox-running");
      const beginning = folder("dualreg-sandbox-beginning");
      const old = folder("dualreg-sandbox-old");
      const other = folder("something-else");
      // A socket whose process was killed stays as a file that nobody listens at.
      const listen = `require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
      assert.throws(() => execFileSync(process.execPath, ["-e", listen, join(killed, "owner.sock")]));
      owner = createServer().listen(join(running, "owner.sock"));
      await new Promise((done) => owner?.once("listening", done));
      utimesSync(old, new Date(0), new Date(0));
      assert.deepEqual([...(await removeLeftovers(parent))].sort(), [killed, old].sort());
      assert.deepEqual(
        [killed, running, beginning, old, other].map((dir) => existsSync(dir)),
        [false, true, true, false, true],
      );
    });
  });
});
