import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { planStages } from "../../samples/stage/plan";
import type { SandboxReport } from "../../samples/sandbox/report";
import { readOutputs } from "../../src/outputs";
import { describeWith } from "../support/registries";
import { portsOf, ROOT, SandboxRun } from "../support/samples/sandboxRun";

const run = promisify(execFile);
const TOOLS = ["docker-registry", "skopeo", "openssl"];

/** Runs a line as a shell does that it is pasted into, from some other folder. */
const paste = (line: string) => run("/bin/sh", ["-c", line], { cwd: tmpdir() });

describeWith(
  TOOLS,
  "npm run sandbox",
  () => {
    let sandbox: SandboxRun;
    let report: SandboxReport;
    const scratch = mkdtempSync(join(tmpdir(), "sandbox-scratch-"));
    before(async () => {
      sandbox = new SandboxRun([]);
      report = await sandbox.ready();
    });
    after(async () => {
      await sandbox.end();
      rmSync(scratch, { recursive: true, force: true });
    });

    /** Copies an image to or from a registry of the sandbox, as somebody. */
    const copy = (who: string, from: string, to: string) => {
      const login = join(report.logins.folder, who, "config.json");
      const options = ["--src-tls-verify=false", "--dest-tls-verify=false", "--authfile", login];
      return run("skopeo", ["copy", ...options, from, to]);
    };
    const at = (imageClass: "secure" | "standard", repository: string): string => {
      const tag = report.images[0]?.tag ?? "";
      return `docker://${report.stages[0]?.registries[imageClass] ?? ""}/${repository}:${tag}`;
    };
    const toDisk = (): string => `dir:${mkdtempSync(join(scratch, "pulled-"))}`;

    it("sandbox runs the stage in which gates begin, by the project's own plan: its images, tokens, tag rules and access", async () => {
      const [stage] = report.stages;
      assert.deepEqual([report.product, report.stage, report.stages.length], ["orders", "qa", 1]);
      const outputs = readOutputs(stage?.outputs ?? "");
      const planned = (await planStages(ROOT, ["qa"])).get("qa") ?? {};
      for (const name of ["stage", "product", "images", "tokens", "access", "retention"] as const) {
        assert.deepEqual(outputs[name], planned[name], name);
      }
      const { secure, standard } = outputs.registries;
      assert.deepEqual([secure.loginServer, standard.loginServer], Object.values(stage?.registries ?? {}));
      assert.notEqual(secure.loginServer, standard.loginServer);
      for (const one of [secure, standard]) assert.match(one.loginServer, /^localhost:\d+$/);
      assert.equal(secure.tagRules.regime, "immutable");
      assert.deepEqual(
        report.images.map((one) => [one.repository, one.class, one.tag]),
        [
          ["orders/api", "secure", "v1.0.0-rc1"],
          ["orders/web", "standard", "v1.0.0-rc1"],
        ],
      );
    });

    it("sandbox prints three commands that work when they are pasted", async () => {
      assert.equal(report.try.length, 3);
      const [verified, labels, reconciled] = await Promise.all(report.try.map(paste));
      assert.match(verified?.stdout ?? "", /^OK localhost:\d+\/orders\/api@sha256:/);
      assert.match(labels?.stdout ?? "", /"org\.opencontainers\.image\.version": "v1\.0\.0-rc1"/);
      assert.match(reconciled?.stdout ?? "", /2 proven, 0 ambiguous/);
    });

    it("sandbox keeps the scopes of the plan: a pull token pulls what it is for, nothing else, and pushes nothing", async () => {
      const pulled = toDisk();
      await copy("shop-pull", at("secure", "orders/api"), pulled);
      await copy("orders-pull", at("standard", "orders/web"), toDisk());
      await copy("id-orders-qa-publish-standard", pulled, at("standard", "tools/loadtest"));
      await copy("qa-team-pull", at("standard", "tools/loadtest"), toDisk());
      for (const [who, from, to] of [
        ["billing-pull", at("secure", "orders/api"), toDisk()],
        ["shop-pull", at("standard", "tools/loadtest"), toDisk()],
        ["shop-pull", pulled, at("secure", "orders/api")],
        ["orders-pull", pulled, at("secure", "orders/payments")],
        ["id-orders-qa-publish-standard", pulled, at("secure", "orders/api")],
      ] as const) {
        await assert.rejects(
          copy(who, from, to),
          /denied|unauthorized|authentication required/,
          `${who}: ${from} ${to}`,
        );
      }
      const anonymous = run("skopeo", ["inspect", "--tls-verify=false", "--no-creds", at("secure", "orders/api")]);
      await assert.rejects(anonymous, /denied|unauthorized|authentication required/);
    });

    it("sandbox keeps what the registries tell as audit log, with who pulled, and a pull log by dualreg pulls log", () => {
      const audit = readFileSync(report.stages[0]?.auditLog ?? "", "utf8");
      assert.match(audit, /"action":"push".*"actor":\{"name":"id-orders-qa-publish-secure"\}/);
      assert.match(audit, /"action":"pull".*"actor":\{"name":"orders-pull"\}/);
      const lines = readFileSync(report.pullLog, "utf8").trim().split("\n");
      assert.deepEqual(
        lines.map((line) => (JSON.parse(line) as Record<string, unknown>)["verdict"]),
        ["ok", "ok"],
      );
    });

    it("sandbox opens the console on the loopback, whose API takes the token of the real book and no other", async () => {
      const { address, token } = report.console;
      assert.equal(new URL(address).hostname, "127.0.0.1");
      const ask = (bearer: string) =>
        fetch(`${address}/api/v1/repositories`, { headers: { authorization: `Bearer ${bearer}` } });
      const { repositories } = (await (await ask(token)).json()) as { repositories: readonly object[] };
      assert.equal(repositories.length, 6);
      assert.equal((await ask(token.replace(/.$/, (last) => (last === "A" ? "B" : "A")))).status, 401);
    });

    it("a second sandbox runs beside the first, and SIGTERM ends it alone and whole", async () => {
      const second = new SandboxRun(["--stage", "dev"], sandbox.temporary);
      const other = await second.ready();
      assert.deepEqual([other.stage, other.images[0]?.tag], ["dev", "v1.0.0"]);
      assert.notEqual(other.folder, report.folder);
      second.child.kill("SIGTERM");
      assert.equal(await second.ended, 0, second.printed.stderr);
      assert.deepEqual(readdirSync(sandbox.temporary), [basename(report.folder)]);
      await paste(report.try[0] ?? "");
    });

    it("Ctrl-C ends a sandbox with 0, and leaves no process, no file and no port", async () => {
      assert.ok(sandbox.processes().length > 3);
      sandbox.interrupt();
      assert.equal(await sandbox.ended, 0, sandbox.printed.stderr);
      await sandbox.untilGone(portsOf(report));
    });
  },
  300,
);
