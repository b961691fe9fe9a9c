import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runReconcile } from "../../../src/cli/pulls/reconcile";
import type { Digest } from "../../../src/base/digest";
import type { StageOutputs } from "../../../src/outputs";
import { judgePull, type PullEvent, type ReconcileReport } from "../../../src/pulls";
import { LogWorkspace } from "../../support/azure/logAnalytics";
import { Mint } from "../../support/azure/mint";
import { startStandIn } from "../../support/azure/standIn";
import { throughStandIn } from "../../support/azure/throughStandIn";
import { runCommand } from "../../support/io";
import { qaStage, startTwoRegistries, type TwoRegistries } from "../../support/pulls/world";
import { describeWith } from "../../support/registries";
import { type LoopbackServer, readBody, startHttp } from "../../support/registries/httpServer";

const SUBSCRIPTION = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-orders/providers";
const ACCEPT = "application/vnd.oci.image.manifest.v1+json";

describeWith(["docker-registry"], "dualreg pulls reconcile", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-reconcile-"));
  const envelopes: string[] = [];
  let receiver: LoopbackServer;
  let registries: TwoRegistries;
  before(async () => {
    receiver = await startHttp(async (request, response) => {
      envelopes.push((await readBody(request)).toString("utf8"));
      response.end();
    });
    // The API lies in the secure registry alone, the console in both.
    const places = { secure: ["orders/api", "orders/console"], standard: ["orders/console"] };
    registries = await startTwoRegistries(places, `http://${receiver.host}/`);
  });
  after(async () => {
    await registries.stop();
    await receiver.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const file = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };
  const lineOf = (stage: StageOutputs, host: string, repository: string, more: Partial<PullEvent> = {}): string => {
    const known = { source: "containerd", hostBasis: "request", outcome: "pulled", evidence: "a line" } as const;
    const asked = { time: new Date().toISOString(), reference: `${host}/${repository}:v1.2.3`, host };
    return `${JSON.stringify(judgePull({ ...asked, ...known, digest: registries.digest as `sha256:${string}`, ...more }, stage))}\n`;
  };
  const pull = async (host: string, repository: string): Promise<void> => {
    const answer = await fetch(`http://${host}/v2/${repository}/manifests/v1.2.3`, { headers: { accept: ACCEPT } });
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
  };
  interface Told {
    events: { action: string; target: { repository: string }; request: { method: string; useragent: string } }[];
  }
  const told = () => envelopes.flatMap((one) => (JSON.parse(one) as Told).events);
  const pullsTold = () =>
    told().filter(({ action, request }) => action === "pull" && !request.useragent.startsWith("dual-registry")).length;
  const reconciled = async (options: {
    log: string;
    registryLog?: string;
    offline?: true;
    from?: string;
    to?: string;
  }) => {
    const { log, registryLog, ...rest } = options;
    const outputs = file("qa.json", JSON.stringify(registries.stage));
    const ended = await runCommand((io) =>
      runReconcile(
        {
          outputs,
          log: [log],
          ...(registryLog !== undefined && { registryLog: [registryLog] }),
          window: "60",
          format: "json",
          ...rest,
        },
        io,
      ),
    );
    return { ...ended, report: ended.stdout === "" ? undefined : (JSON.parse(ended.stdout) as ReconcileReport) };
  };

  it("S0-8 pulls reconcile joins the application's log with what a real registry notified, digest by digest", async () => {
    const { secure, standard, stage } = registries;
    await pull(secure.host, "orders/api");
    await pull(secure.host, "orders/console");
    await pull(standard.host, "orders/console");
    for (let left = 100; pullsTold() < 3 && left > 0; left -= 1) await sleep(100);
    const registryLog = file("notified.json", envelopes.map((one) => JSON.stringify(JSON.parse(one))).join("\n"));
    const api = lineOf(stage, secure.host, "orders/api");
    const both =
      api +
      lineOf(stage, secure.host, "orders/console") +
      lineOf(stage, secure.host, "orders/api", { outcome: "cached" });
    const { report, code, stderr } = await reconciled({ log: file("pulls.jsonl", both), registryLog });
    assert.equal(code, 1, stderr);
    assert.deepEqual(report?.counts, {
      proven: 1,
      ambiguous: 1,
      "no-pull": 1,
      "application-only": 0,
      "registry-only": 1,
    });
    const proven = report.pulls.find(({ verdict }) => verdict === "proven");
    assert.equal(proven?.line?.repository, "orders/api");
    assert.equal(proven.events[0]?.digest, registries.digest);
    assert.equal(report.pulls.find(({ verdict }) => verdict === "registry-only")?.events[0]?.registry, standard.host);

    const blind = await reconciled({ log: file("pulls.jsonl", both), registryLog, offline: true });
    assert.equal(blind.report?.counts.proven, 0);
    assert.equal(blind.report.counts.ambiguous, 2);
  });

  it("S0-8 pulls reconcile --from and --to choose what is shown, and prove nothing by what they leave out", async () => {
    const { secure, stage } = registries;
    const at = (seconds: number) => new Date(Date.parse("2026-03-01T10:00:00Z") + seconds * 1000).toISOString();
    const who = (seconds: number, node: string) => ({ time: at(seconds), node, identity: "kubelet" });
    // B pulled before the time that is looked at; A started from what was there after it began.
    const log = file(
      "around.jsonl",
      lineOf(stage, secure.host, "orders/api", who(-10, "b")) + lineOf(stage, secure.host, "orders/api", who(10, "a")),
    );
    const notified = (seconds: number, method: string) => ({
      ...{ id: `${method} ${seconds}`, timestamp: at(seconds), action: "pull", actor: { name: "kubelet" } },
      target: { mediaType: ACCEPT, digest: registries.digest, repository: "orders/api" },
      request: { host: secure.host, method, useragent: "containerd/2.0" },
    });
    const events = [notified(-10, "HEAD"), notified(-9, "GET"), notified(10, "HEAD")];
    const registryLog = file("around.json", JSON.stringify({ events }));
    const brief = async (range: { from?: string; to?: string }) => {
      const { report } = await reconciled({ log, registryLog, ...range });
      return report?.pulls.map(({ verdict, line }) => `${line?.node ?? "-"} ${verdict}`);
    };
    assert.deepEqual(await brief({}), ["b ambiguous", "a ambiguous"]);
    assert.deepEqual(await brief({ from: at(0) }), ["a ambiguous"]);
    assert.deepEqual(await brief({ to: at(0) }), ["b ambiguous"]);
    assert.deepEqual(await brief({ from: at(-9.5), to: at(-8) }), []);
  });

  it("S0-8 pulls reconcile ends with 0 where every pull is proven, in a table as well", async () => {
    const { secure, stage } = registries;
    const events = told().filter(({ target }) => target.repository === "orders/api");
    const registryLog = file("api.json", JSON.stringify({ events }));
    const log = file("api.jsonl", lineOf(stage, secure.host, "orders/api"));
    const ended = await reconciled({ log, registryLog });
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    const outputs = join(dir, "qa.json");
    const table = await runCommand((io) =>
      runReconcile({ outputs, log: [log], registryLog: [registryLog], window: "60", format: "text" }, io),
    );
    assert.match(table.stdout, /\nproven +proven .*orders\/api:v1\.2\.3.*\n1 proven, 0 ambiguous/s);
  });

  it("S0-8 pulls reconcile takes a platform's image for its index, as the registry says, and no other image", async () => {
    const { stage, secure } = registries;
    const [indexed, foreign] = [await registries.pushIndex("secure", "orders/api"), registries.digest as Digest];
    const [child] = indexed.children;
    assert.ok(child !== undefined);
    const notified = (digest: Digest) => ({
      ...{ id: digest, timestamp: new Date().toISOString(), action: "pull", actor: { name: "kubelet" } },
      target: { mediaType: ACCEPT, digest, repository: "orders/api" },
      request: { id: "1", addr: "10.0.0.1", host: secure.host, method: "GET", useragent: "containerd/1.6.20" },
    });
    const who = { digest: indexed.digest, identity: "kubelet" };
    const log = file("indexed.jsonl", lineOf(stage, secure.host, "orders/api", who));
    for (const [digest, code] of [
      [child, 0],
      [foreign, 1],
    ] as const) {
      const registryLog = file("child.json", JSON.stringify({ events: [notified(digest)] }));
      const ended = await reconciled({ log, registryLog });
      assert.equal(ended.code, code, ended.stdout + ended.stderr);
      assert.equal(ended.report?.counts.proven, code === 0 ? 1 : 0);
    }
    const registryLog = file("child.json", JSON.stringify({ events: [notified(child)] }));
    assert.equal((await reconciled({ log, registryLog, offline: true })).code, 1);
    // Where nobody is named, a child alone may have been another client's.
    const unnamed = { ...notified(child), actor: {} };
    const nobody = file("child.json", JSON.stringify({ events: [unnamed] }));
    const anybody = file("nobody.jsonl", lineOf(stage, secure.host, "orders/api", { digest: indexed.digest }));
    assert.equal((await reconciled({ log: anybody, registryLog: nobody })).report?.counts.ambiguous, 1);
  });

  it("S0-8 pulls reconcile judges each line by the outputs, whatever class and verdict stand in the log", async () => {
    const { stage, standard } = registries;
    const seen = JSON.parse(lineOf(stage, standard.host, "orders/console")) as object;
    const edited = `${JSON.stringify({ ...seen, class: "secure", verdict: "ok", why: "edited" })}\n`;
    const registryLog = file("none.json", '{"events":[]}');
    const { report, code } = await reconciled({ log: file("edited.jsonl", edited), registryLog });
    assert.equal(code, 1);
    const [{ line } = {}] = report?.pulls ?? [];
    assert.deepEqual([line?.class, line?.verdict], ["standard", "wrong-registry"]);
    const outside = file(
      "outside.jsonl",
      `${JSON.stringify({ ...seen, host: "evil.example.com", class: "secure", verdict: "ok" })}\n`,
    );
    const [{ line: other } = {}] = (await reconciled({ log: outside, registryLog })).report?.pulls ?? [];
    assert.deepEqual([other?.class, other?.verdict], [undefined, "unknown-registry"]);
  });

  it("S0-8 pulls reconcile ends with 1 where neither log has a pull", async () => {
    const nothing = { log: file("nothing.jsonl", ""), registryLog: file("none.json", '{"events":[]}') };
    const { code, stderr } = await reconciled(nothing);
    assert.equal(code, 1);
    assert.match(stderr, /Neither log has a pull/);
  });

  it("S0-8 pulls reconcile refuses logs of another stage, unreadable ones, and none", async () => {
    const { secure, stage } = registries;
    const other = file("uat.jsonl", lineOf({ ...stage, stage: "uat" }, secure.host, "orders/api"));
    const registryLog = file("empty.json", '{"events":[]}');
    const refusals: readonly (readonly [Parameters<typeof reconciled>[0], RegExp])[] = [
      [{ log: other, registryLog }, /line 1: it is of "orders uat"; allowed: .* of orders qa/],
      [{ log: file("bad.jsonl", "{}"), registryLog }, /line 1: /],
      [
        { log: file("good.jsonl", lineOf(stage, secure.host, "orders/api")), registryLog: file("bad.json", "no") },
        /no JSON/,
      ],
      [{ log: other }, /No log of a registry; allowed: --registry-log, --workspace/],
    ];
    for (const [options, says] of refusals) {
      const { code, stderr } = await reconciled(options);
      assert.equal(code, 2);
      assert.match(stderr, says);
    }
  });

  it("S0-8 pulls reconcile --workspace asks Log Analytics, and an identity that both name proves the pull", async () => {
    const workspaceId = `${SUBSCRIPTION}/Microsoft.OperationalInsights/workspaces/log-orders`;
    const id = `${SUBSCRIPTION}/Microsoft.ContainerRegistry/registries/ordersqasecure`;
    const [mint, base] = [new Mint(), qaStage("ordersqasecure.azurecr.io", "ordersqastandard.azurecr.io")];
    const secure = { ...base.registries.secure, id };
    const stage = { ...base, registries: { ...base.registries, secure }, logging: { workspaceId, categories: [] } };
    const workspace = new LogWorkspace(workspaceId, mint);
    const standIn = await startStandIn(workspace.service);
    try {
      const table = "ContainerRegistryRepositoryEvents" as const;
      const pulled = { table, at: new Date(), resourceId: id, operation: "PullWithDigest", digest: registries.digest };
      workspace.events.push({ ...pulled, repository: "orders/api", identity: "node-pool" });
      const identified = lineOf(stage, "ordersqasecure.azurecr.io", "orders/api", { identity: "node-pool" });
      const run = (mostRows: number) => {
        workspace.mostRows = mostRows;
        const outputs = file("azure.json", JSON.stringify(stage));
        const options = { outputs, log: [file("azure.jsonl", identified)], window: "300", format: "json" as const };
        return runCommand((io) =>
          runReconcile(
            { ...options, workspace: true as const, offline: true as const },
            io,
            throughStandIn(standIn.url, mint),
          ),
        );
      };
      const ended = await run(Infinity);
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      assert.equal((JSON.parse(ended.stdout) as ReconcileReport).counts.proven, 1);
      workspace.events.push({ ...pulled, repository: "orders/api" });
      assert.match((await run(1)).stderr, /gave 1 of 2 pulls/);
    } finally {
      await standIn.stop();
    }
  });
});
