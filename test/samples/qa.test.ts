import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { qa } from "../../samples/qa";
import { QA_CHECKS } from "../../samples/qa/evidence";
import { type LocalQa, startLocalStage } from "../../samples/qa/localStage";
import type { QaReport } from "../../samples/qa/report";
import { runQa } from "../../samples/qa/runQa";
import { readOutputs } from "../../src/outputs";
import { captureIo } from "../support/io";
import { describeWith } from "../support/registries";
import { type LoopbackServer, startHttp } from "../support/registries/httpServer";

const ROOT = resolve(__dirname, "../..");
const CHECKS = Object.keys(QA_CHECKS);

const statesOf = ({ checks }: QaReport): Record<string, string> =>
  Object.fromEntries(checks.map(({ check, state }) => [check, state]));
const failedIn = ({ checks }: QaReport): string[] =>
  checks.flatMap(({ check, state }) => (state === "failed" ? [check] : []));
const all = (state: string): Record<string, string> => Object.fromEntries(CHECKS.map((check) => [check, state]));
const evidenceOf = ({ checks }: QaReport, name: string): string =>
  checks.find(({ check }) => check === name)?.evidence.join("\n") ?? "";

async function run(...args: string[]) {
  const { io, printed } = captureIo();
  const code = await qa(args, io);
  return { code, ...printed };
}

describeWith(
  ["docker-registry", "skopeo"],
  "npm run qa",
  () => {
    const dir = mkdtempSync(join(tmpdir(), "dualreg-qa-test-"));
    let stage: LocalQa;
    before(async () => {
      stage = await startLocalStage(() => undefined);
    });
    after(async () => {
      await stage.stop();
      rmSync(dir, { recursive: true, force: true });
    });

    const write = (name: string, text: string): string => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    };
    const logLines = () =>
      readFileSync(stage.evidence.pullLog, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const logOf = (lines: readonly object[]): string =>
      write("pulls.jsonl", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    /** A run against the local stage as if it were somebody else's. */
    const given = async (different: { pullLog?: string; console?: string; outputs?: string; token?: string } = {}) => {
      const { outputs, pullLog, registryLog, console } = stage.evidence;
      const ended = await run(
        ...["--outputs", different.outputs ?? outputs, "--pull-log", different.pullLog ?? pullLog],
        ...["--registry-log", registryLog, "--console", different.console ?? console.url, "--format", "json"],
        ...(different.token === undefined ? [] : ["--console-token-file", different.token]),
      );
      assert.ok(ended.stdout !== "", ended.stderr);
      return { ...ended, report: JSON.parse(ended.stdout) as QaReport };
    };
    /** The stage's console behind something that changes its answers. */
    async function throughProxy(
      change: (body: string, path: string) => string,
      work: (url: string) => Promise<void>,
      token?: string,
    ): Promise<void> {
      const proxy: LoopbackServer = await startHttp(async ({ url = "/", headers }, response) => {
        const isLetIn = token === undefined || headers.authorization === `Bearer ${token}`;
        const answer = await fetch(new URL(url, stage.evidence.console.url));
        response.statusCode = isLetIn ? answer.status : 401;
        response.end(isLetIn ? change(await answer.text(), url) : "");
      });
      try {
        await work(`http://${proxy.host}`);
      } finally {
        await proxy.stop();
      }
    }

    it("S0-21 npm run qa checks pull source, log, registries' log, labels page, wrong registry and the regression in one run", async () => {
      const { code, stdout, stderr } = await new Promise<{ code: number | null; stdout: string; stderr: string }>(
        (done, fail) => {
          const args = ["--import", "tsx", "samples/qa.ts", "--format", "json"];
          const child = spawn(process.execPath, args, { cwd: ROOT });
          const said = { stdout: "", stderr: "" };
          for (const name of ["stdout", "stderr"] as const) {
            child[name].setEncoding("utf8").on("data", (text: string) => (said[name] += text));
          }
          child.on("error", fail).on("close", (ended) => done({ code: ended, ...said }));
        },
      );
      assert.equal(code, 0, stderr + stdout);
      const report = JSON.parse(stdout) as QaReport;
      assert.deepEqual(statesOf(report), all("ok"));
      assert.match(
        evidenceOf(report, "pull-source"),
        /orders\/api.* the secure registry.*\n.*orders\/web.* the standard/,
      );
      assert.match(evidenceOf(report, "labels-page"), /7 labels, secure, .*com\.example\.team.*\n.*7 labels, standard/);
      assert.match(stderr, /Starting two registries(.|\n)*ok: A pull from the secure registry/);
    });

    it("S0-21 qa is green with skopeo, whose lines name the registry that it tries", async () => {
      const other = await startLocalStage(() => undefined, "skopeo");
      try {
        const parts = { against: "a test", env: {}, now: () => new Date(), say: () => undefined };
        const report = await runQa({ evidence: other.evidence, ...parts });
        assert.deepEqual(statesOf(report), all("ok"), JSON.stringify(report));
        assert.match(evidenceOf(report, "pull-source"), /orders\/api.* the secure registry, by the request/);
      } finally {
        await other.stop();
      }
    });

    it("S0-21 qa --outputs checks a stage by its logs and its console, and makes up the wrong pull", async () => {
      const { code, report } = await given();
      assert.deepEqual([code, statesOf(report)], [0, all("ok")]);
      assert.match(evidenceOf(report, "wrong-registry"), /a line made up of the stage's map, no pull: wrong-registry/);
    });

    it("S0-21 qa says what it did not look at, for all that is not given", async () => {
      const { outputs, pullLog } = stage.evidence;
      const bare = await run("--outputs", outputs, "--format", "json");
      assert.equal(bare.code, 0, bare.stderr);
      const report = JSON.parse(bare.stdout) as QaReport;
      assert.deepEqual(statesOf(report), { ...all("not looked at"), "wrong-registry": "ok" });
      assert.equal(evidenceOf(report, "labels-page"), "--pull-log was not given");
      const logged = await run("--outputs", outputs, "--pull-log", pullLog, "--format", "json");
      const more = JSON.parse(logged.stdout) as QaReport;
      assert.deepEqual(statesOf(more), {
        ...all("ok"),
        ...{ "registry-log": "not looked at", "labels-page": "not looked at", regression: "not looked at" },
      });
    });

    for (const [what, change, why] of [
      ["its labels", (page: string) => page.replaceAll("com.example.team", ""), /lacks the label com\.example\.team/],
      ["a label's value", (page: string) => page.replaceAll("github.com/example", ""), /lacks the label .*\.source/],
      ["its class", (page: string) => page.replaceAll(/>(secure|standard)</g, "><"), /does not name secure localhost/],
    ] as const) {
      it(`S0-21 qa ends with 1 and names labels-page where a page is without ${what}`, async () => {
        const onPage = (body: string, path: string) => (path.startsWith("/r/") ? change(body) : body);
        await throughProxy(onPage, async (url) => {
          const { code, report } = await given({ console: url });
          assert.deepEqual([code, failedIn(report)], [1, ["labels-page"]]);
          assert.match(evidenceOf(report, "labels-page"), why);
        });
      });
    }

    it("S0-21 qa names labels-page where a label that the image was built with is on no page and in no answer", async () => {
      const without = (body: string) => body.replaceAll("com.example.team", "com.example.other");
      await throughProxy(without, async (url) => {
        const parts = { against: "a test", env: {}, now: () => new Date(), say: () => undefined };
        const report = await runQa({ evidence: { ...stage.evidence, console: { url } }, ...parts });
        assert.deepEqual(failedIn(report), ["labels-page"]);
        assert.match(evidenceOf(report, "labels-page"), /the API lacks the label com\.example\.team/);
      });
    });

    it("S0-21 qa names labels-page where the console wants a token, and shows it the one it was given", async () => {
      const same = (body: string) => body;
      const token = "a-token-of-a-test";
      await throughProxy(
        same,
        async (url) => {
          const refused = await given({ console: url });
          assert.deepEqual([refused.code, failedIn(refused.report)], [1, ["labels-page"]]);
          assert.match(evidenceOf(refused.report, "labels-page"), /the console answered 401/);
          const letIn = await given({ console: url, token: write("token", `${token}\n`) });
          assert.equal(letIn.code, 0, letIn.stdout);
          assert.ok(!`${letIn.stdout}${letIn.stderr}`.includes(token));
        },
        token,
      );
    });

    it("S0-21 qa ends with 1 and names registry-log where a line is left out of the log: the story's bug", async () => {
      for (const left of ["secure", "standard"]) {
        const lines = logLines().filter((line) => line["class"] !== left);
        const { code, report } = await given({ pullLog: logOf(lines) });
        assert.equal(code, 1);
        assert.ok(failedIn(report).includes("registry-log"), JSON.stringify(report));
        assert.ok(failedIn(report).includes("pull-source"));
        assert.match(evidenceOf(report, "registry-log"), /registry-only, the registry's log alone/);
        assert.match(evidenceOf(report, "pull-source"), new RegExp(`no ${left} image was pulled`));
      }
    });

    it("S0-21 qa ends with 1 and names log-line where a secure pull is not called secure", async () => {
      const classless = logLines().map(({ class: at, ...line }) => (at === "secure" ? line : { ...line, class: at }));
      const unsaid = await given({ pullLog: logOf(classless) });
      assert.deepEqual([unsaid.code, failedIn(unsaid.report)], [1, ["log-line"]]);
      assert.match(evidenceOf(unsaid.report, "log-line"), /orders\/api.*: the line has no class/);
      const standard = logLines().map((line) => ({ ...line, class: "standard" }));
      const missaid = await given({ pullLog: logOf(standard) });
      assert.deepEqual(failedIn(missaid.report), ["log-line"]);
      assert.match(evidenceOf(missaid.report, "log-line"), /class is "standard", by the outputs "secure"/);
    });

    it("S0-21 qa ends with 1 and names pull-source where a line names a wrong host, whatever verdict it claims", async () => {
      const { secure, standard } = readOutputs(stage.evidence.outputs).registries;
      for (const [host, why] of [
        [standard.loginServer, /wrong-registry, a secure image was asked for at the standard registry/],
        ["elsewhere.example.com", /unknown-registry/],
      ] as const) {
        const lines = logLines().map((line) => (line["host"] === secure.loginServer ? { ...line, host } : line));
        const { code, report } = await given({ pullLog: logOf(lines) });
        assert.equal(code, 1);
        assert.ok(failedIn(report).includes("pull-source"));
        assert.ok(failedIn(report).includes("registry-log"));
        assert.match(evidenceOf(report, "pull-source"), why);
      }
    });

    it("S0-21 qa ends with 1 and names wrong-registry where the stage's two registries cannot be told apart", async () => {
      const outputs = readOutputs(stage.evidence.outputs);
      const { secure, standard } = outputs.registries;
      const registries = { secure, standard: { ...standard, loginServer: secure.loginServer } };
      const file = write("one-host.json", JSON.stringify({ ...outputs, registries }));
      const { code, stdout } = await run("--outputs", file, "--format", "json");
      assert.deepEqual([code, failedIn(JSON.parse(stdout) as QaReport)], [1, ["wrong-registry"]]);
    });

    it("S0-21 qa names regression where two lines claim one pull, so that neither is proven", async () => {
      const [secure, ...others] = logLines();
      const { code, report } = await given({ pullLog: logOf([secure ?? {}, { ...secure, node: "other" }, ...others]) });
      assert.deepEqual([code, failedIn(report)], [1, ["registry-log", "regression"]]);
      assert.match(evidenceOf(report, "registry-log"), /fewer pulls than the application/);
      assert.match(evidenceOf(report, "regression"), /no secure pull is proven, so that none can be left out/);
    });

    it("S0-21 qa names regression where no secure pull is proven, so that a line left out would go unseen", async () => {
      const { outputs, pullLog } = stage.evidence;
      const nothing = write("nothing.json", '{"events":[]}');
      const { code, stdout } = await run(
        ...["--outputs", outputs, "--pull-log", pullLog, "--registry-log", nothing, "--format", "json"],
      );
      assert.deepEqual([code, failedIn(JSON.parse(stdout) as QaReport)], [1, ["registry-log", "regression"]]);
    });
  },
  180,
);
