import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { copyProject } from "../../samples/journey";
import type { SandboxReport } from "../../samples/sandbox/report";
import { describeInBrowser, openBrowser } from "../support/browser";
import { describeWith } from "../support/registries";
import { portsOf, ROOT, SandboxRun } from "../support/samples/sandboxRun";
import { type Step, walkConsole } from "../support/samples/walkConsole";

const run = promisify(execFile);

describeWith(
  ["docker-registry", "skopeo", "openssl"],
  "npm run sandbox -- --promote --fault",
  () => {
    let sandbox: SandboxRun;
    let report: SandboxReport;
    before(async () => {
      sandbox = new SandboxRun(["--promote", "--fault"]);
      report = await sandbox.ready();
    });
    after(() => sandbox.end());

    const dualreg = (...args: string[]) => {
      const login = `${report.logins.folder}/${report.logins.reader}`;
      return run(process.execPath, ["bin/dualreg.js", ...args], {
        cwd: ROOT,
        env: { ...process.env, DOCKER_CONFIG: login },
      });
    };

    it("sandbox --promote brings images from the first stage to the last by digest, and each stage verifies them", async () => {
      assert.deepEqual(
        report.stages.map(({ stage }) => stage),
        ["dev", "qa", "uat", "prod"],
      );
      assert.equal(new Set(portsOf(report)).size, 9);
      const tags = { dev: "v1.0.0", qa: "v1.0.0-rc1", uat: "v1.0.0-rc1", prod: "v1.0.0" };
      await Promise.all(
        report.stages.flatMap(({ stage, outputs }) =>
          report.images.map(async ({ repository, digest }) => {
            const image = `${repository}:${tags[stage as keyof typeof tags]}`;
            const { stdout } = await dualreg("image", "verify", image, "--digest", digest, "--outputs", outputs);
            assert.match(stdout, /^OK /);
          }),
        ),
      );
    });

    it("sandbox --promote asks for the plan's sign-offs: prod's release is approved by a person of each of its roles", async () => {
      const [secure] = report.images;
      const query = new URLSearchParams({ repository: secure?.repository ?? "", digest: secure?.digest ?? "" });
      const answer = await fetch(`${report.console.address}/api/v1/trust?${query.toString()}`);
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      for (const by of ["qa-manager", "uat-manager", "dev-manager"]) assert.ok(text.includes(by), text);
    });

    it("sandbox --fault shows that pull log, reconcile and console notice a secure image of the wrong registry", async () => {
      const { fault, stages } = report;
      assert.ok(fault);
      const { registries, outputs, auditLog } = stages.at(-1) ?? assert.fail();
      assert.deepEqual([fault.repository, fault.host], ["orders/api", registries.standard]);
      assert.equal(fault.pullLog.verdict, "wrong-registry");
      assert.equal(fault.reconcile.code, 1);
      assert.deepEqual(fault.reconcile.verdict, "proven");
      assert.deepEqual(fault.origin.misplaced, [{ registry: "standard", repository: "orders/api" }]);
      // The narrow tokens of prod cannot pull it there: what the plan keeps from its consumers only the owner could do.
      assert.equal(fault.by, "subscription-owner");
      const logs = ["--log", fault.pullLog.file, "--registry-log", auditLog];
      await assert.rejects(
        dualreg("pulls", "reconcile", "--outputs", outputs, ...logs),
        (error: { stdout: string }) => {
          assert.match(error.stdout, /wrong-registry/);
          return true;
        },
      );
    });

    describeInBrowser("its console in a browser", () => {
      let browser: Browser;
      before(async () => {
        browser = await openBrowser();
      });
      after(() => browser.close());

      it("a reader goes step by step from both registries to a release's trust, and to where a digest should not be", async () => {
        const page = await browser.newPage();
        const failures: string[] = [];
        page.on("pageerror", ({ message }) => failures.push(message));
        page.on("response", (response) => {
          if (response.status() >= 400) failures.push(`${response.status()} ${response.url()}`);
        });
        const { registries } = report.stages.at(-1) ?? assert.fail();
        const seen: Step[] = [];
        const wanted: Record<Step, readonly (string | RegExp)[]> = {
          registries: [registries.secure, registries.standard, "orders/api", "tools/loadtest"],
          tags: ["v1.0.0"],
          image: ["verified by record", "promoted from uat", '"dev-manager" (dev)', "com.example.team", "secure"],
          origin: ["in the wrong registry", "misplaced", "orders/api in the standard registry"],
        };
        await walkConsole(page, report, async (step) => {
          seen.push(step);
          const text = await textOf(page);
          for (const one of wanted[step]) assert.ok(text.includes(String(one)), `${step}: ${String(one)} in ${text}`);
        });
        assert.deepEqual(seen, ["registries", "tags", "image", "origin"]);
        assert.deepEqual(failures, []);
      });
    });

    describe("its end", () => {
      it("SIGTERM ends all eight registries, and leaves no process, no file and no port", async () => {
        sandbox.child.kill("SIGTERM");
        assert.equal(await sandbox.ended, 0, sandbox.printed.stderr);
        await sandbox.untilGone(portsOf(report));
      });
    });
  },
  300,
);

describeWith(
  ["docker-registry", "skopeo", "openssl"],
  "npm run sandbox -- --project",
  () => {
    it("sandbox runs another project, and makes logins up where its plan has neither identities nor tokens", async () => {
      const dir = mkdtempSync(join(tmpdir(), "sandbox-project-"));
      const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      copyProject(join(dir, "product"), { key: publicKey.export({ format: "pem", type: "spki" }).toString() });
      const sandbox = new SandboxRun(["--project", join(dir, "product"), "--promote", "--no-wait"]);
      try {
        assert.equal(await sandbox.ended, 0, sandbox.printed.stderr);
        const { product, stages, logins, images } = JSON.parse(sandbox.printed.stdout) as SandboxReport;
        assert.deepEqual([product, stages.map(({ stage }) => stage)], ["product", ["dev", "prod"]]);
        assert.deepEqual(logins.names, ["sandbox-publish", "sandbox-promote", "sandbox-pull", "console"]);
        assert.deepEqual(
          images.map((one) => `${one.repository}:${one.tag}`),
          ["product/builder:v1.0.0", "product/web:v1.0.0"],
        );
      } finally {
        await sandbox.end();
        rmSync(dir, { recursive: true, force: true });
      }
    });
  },
  300,
);

const textOf = (page: Page): Promise<string> => page.locator("body").innerText();
