import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { qa } from "../../samples/qa";
import type { QaReport } from "../../samples/qa/report";
import { runPullsLog } from "../../src/cli/pulls/log";
import { judgePull, pullLineJson } from "../../src/pulls";
import { LogWorkspace } from "../support/azure/logAnalytics";
import { Mint } from "../support/azure/mint";
import { startStandIn } from "../support/azure/standIn";
import { throughStandIn } from "../support/azure/throughStandIn";
import { captureIo, runCommand } from "../support/io";
import { qaStage } from "../support/pulls/world";

describe("npm run qa, its report and its options", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-qa-report-"));
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  let outputs: string;
  let line: Record<string, unknown>;
  let pullLog: string;
  before(async () => {
    outputs = write("qa.json", JSON.stringify(qaStage()));
    const kept = readFileSync(join(__dirname, "../fixtures/pulls/containerd-direct.log"));
    const input = (async function* () {
      yield await Promise.resolve(kept);
    })();
    const logged = await runCommand((io) => runPullsLog({ outputs, source: "containerd", format: "json" }, io, input));
    line = JSON.parse(logged.stdout) as Record<string, unknown>;
    pullLog = write("pulls.jsonl", logged.stdout);
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  async function run(...args: string[]) {
    const { io, printed } = captureIo();
    const code = await qa(args, io);
    return { code, ...printed };
  }

  it("S0-21 qa prints its report as Markdown and as a page, with a line to sign and hostile text as text", async () => {
    const reference = "localhost/<img src=x>|`# evil\u202e";
    const hostile = write("hostile.jsonl", [line, { ...line, reference }].map((one) => JSON.stringify(one)).join("\n"));
    const print = (format: string) => run("--outputs", outputs, "--pull-log", hostile, "--format", format);
    const [markdown, page] = [await print("markdown"), await print("html")];
    for (const { code, stdout, stderr } of [markdown, page]) {
      assert.equal(code, 1);
      assert.ok(!/\u202e|<img/.test(stdout + stderr));
    }
    assert.match(markdown.stdout, /^# QA of orders qa: failed\n/);
    assert.match(markdown.stdout, /\| pull-source \| failed \| Images of both classes/);
    assert.match(markdown.stdout, /## Signed for QA\n\nName: _+ {2}Date: _+\n$/);
    assert.match(page.stdout, /^<!doctype html>/);
    assert.match(page.stdout, /&lt;img src=x&gt;/);
    assert.match(page.stdout, /<h2>Signed for QA<\/h2><p>Name: _+<\/p><p>Date: _+<\/p>/);
    assert.match(page.stderr, /^failed: Images of both classes/);
  });

  it("S0-21 qa --workspace has the registries' log from the stage's workspace, by who pulled", async () => {
    const provider = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-orders/providers";
    const workspaceId = `${provider}/Microsoft.OperationalInsights/workspaces/log-orders`;
    const idOf = (name: string) => `${provider}/Microsoft.ContainerRegistry/registries/${name}`;
    const base = qaStage("ordersqasecure.azurecr.io", "ordersqastandard.azurecr.io");
    const registries = {
      secure: { ...base.registries.secure, id: idOf("ordersqasecure") },
      standard: { ...base.registries.standard, id: idOf("ordersqastandard") },
    };
    const stage = { ...base, registries, logging: { workspaceId, categories: [] } };
    const mint = new Mint();
    const workspace = new LogWorkspace(workspaceId, mint);
    const standIn = await startStandIn(workspace.service);
    const pulls = [
      { registry: registries.secure, repository: "orders/api" },
      { registry: registries.standard, repository: "orders/web" },
    ];
    const digest = `sha256:${"ab".repeat(32)}` as const;
    const lines = pulls.map(({ registry: { loginServer: host }, repository }) => {
      const basis = { source: "containerd", hostBasis: "request", outcome: "pulled", evidence: "a line" } as const;
      const asked = { time: new Date().toISOString(), reference: `${host}/${repository}:v1`, host, identity: "pool" };
      return pullLineJson(judgePull({ ...asked, ...basis, digest }, stage));
    });
    const args = [
      "--outputs",
      write("azure.json", JSON.stringify(stage)),
      "--workspace",
      "--offline",
      "--format",
      "json",
    ];
    const ask = async () => {
      const { io, printed } = captureIo();
      const all = [...args, "--pull-log", write("azure.jsonl", lines.join(""))];
      const code = await qa(all, io, throughStandIn(standIn.url, mint));
      const { checks } = JSON.parse(printed.stdout) as QaReport;
      return { code, states: checks.map(({ check, state }) => `${check} ${state}`) };
    };
    try {
      for (const { registry, repository } of pulls) {
        const table = "ContainerRegistryRepositoryEvents" as const;
        const pulled = { table, at: new Date(), resourceId: registry.id, operation: "PullWithDigest", digest };
        workspace.events.push({ ...pulled, repository, identity: "pool" });
      }
      const whole = await ask();
      assert.deepEqual(whole.states, [
        ...["pull-source ok", "log-line ok", "registry-log ok", "labels-page not looked at"],
        ...["wrong-registry ok", "regression ok"],
      ]);
      assert.equal(whole.code, 0);
      workspace.events.pop();
      const unseen = await ask();
      assert.equal(unseen.code, 1);
      assert.ok(unseen.states.includes("registry-log failed"));
    } finally {
      await standIn.stop();
    }
  });

  it("S0-21 qa ends with 2 where it is used wrongly, and says what is allowed", async () => {
    const given = ["--outputs", outputs];
    for (const [args, says] of [
      [["--format", "xml"], /Allowed choices are markdown, html, json/],
      [["--stage", "qa"], /unknown option '--stage'/],
      [["extra"], /too many arguments/],
      [["--offline"], /Whose stage\? Give --outputs/],
      [["--pull-log", pullLog], /Whose stage\? Give --outputs/],
      [["--outputs", join(dir, "none.json")], /none\.json/],
      [[...given, "--pull-log", write("bad.jsonl", "{}\n")], /bad\.jsonl": line 1/],
      [[...given, "--pull-log", pullLog, "--registry-log", write("bad.json", "no")], /no JSON/],
      [[...given, "--console", "console"], /--console "console": allowed/],
      [[...given, "--console", "http://console.example.com"], /refused; allowed: https, or http/],
      [[...given, "--console-token-file", pullLog], /give --console/],
      [
        [...given, "--console", "https://console.example.com", "--console-token-file", write("token", "two words")],
        /allowed: one token on one line/,
      ],
    ] as const) {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.match(stderr, says);
    }
  });
});
