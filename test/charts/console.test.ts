import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadAll } from "js-yaml";
import { consoleObjects } from "../../src/domain/console/clusterConsole";
import type { ClusterConsolePlan } from "../../src/domain/console/planConsole";
import { ANSWERS, type AnyObject, clusterPlan, listOf, NAMED, PLACE } from "../support/console/deployment";
import { describeWith, findTool } from "../support/registries";

const CHART = resolve(__dirname, "../../charts/console");

/** Values by which the chart makes what a plan says. */
const valuesOf = (plan: ClusterConsolePlan, ports: readonly number[]) => {
  const { name, host, replicas, resources, route, from, pull, machineTokens, vaultName, files, logins } = plan;
  return {
    ...{ product: PLACE.product, stage: PLACE.stage, name, host, replicas, route, from, ports, pull, machineTokens },
    image: ANSWERS.image,
    resources: { cpu: `${resources.cpu * 1000}m`, memory: `${resources.memoryMiB}Mi` },
    identity: plan.identity === undefined ? {} : ANSWERS.identity,
    vault:
      vaultName === undefined
        ? {}
        : { name: vaultName, files: files.map(({ file, secretName }) => ({ file, secretName })) },
    secret: logins.from === "secret" ? logins.name : "",
    dataClaim: plan.dataClaim ?? "",
  };
};

describeWith(["helm"], "the console's chart", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-chart-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const helm = (...args: readonly string[]) =>
    spawnSync(findTool("helm") ?? "helm", args, { encoding: "utf8", env: { HOME: folder, PATH: process.env["PATH"] } });
  const template = (values: object) => {
    const file = join(folder, "values.json");
    writeFileSync(file, JSON.stringify(values));
    return helm("template", "console", CHART, "--namespace", "console", "--values", file);
  };
  const byKind = (objects: readonly AnyObject[]) => new Map(objects.map((object) => [object.kind, object]));

  for (const [what, over, stage, ports] of [
    ["an ingress, and logins from the vault", {}, {}, [443]],
    [
      "a gateway, one replica with a claim of data, machine tokens and workload identity",
      {
        route: { by: "gateway", name: "public", namespace: "gateways", listener: "https" },
        ...{ replicas: 1, dataClaim: "console-data" },
        ...{ machineTokens: true, pull: { how: "workload-identity" }, from: ["gateways", "monitoring"] },
        files: { "session-keys/2027-01-31": "console-key" },
      },
      {},
      [443],
    ],
    [
      "named registries, a pull secret and logins from a Secret",
      {
        ...{ pull: { how: "stored-secret", secret: "ghcr-secret" }, logins: { from: "secret", name: "logins" } },
        ...{ issuer: undefined, resources: { cpu: 0.25, memoryMiB: 512 } },
      },
      { registries: NAMED },
      [443, 5000],
    ],
  ] as const) {
    it(`S0-3 the chart makes the objects that the stack makes: ${what}`, () => {
      const plan = clusterPlan(over, stage);
      const answers = plan.identity === undefined ? { image: ANSWERS.image } : ANSWERS;
      const made = template(valuesOf(plan, ports));
      assert.equal(made.status, 0, made.stderr);
      const rendered = byKind(loadAll(made.stdout).filter((one) => one !== null) as AnyObject[]);
      const expected = byKind(listOf(consoleObjects(plan, { ...PLACE, ports }, answers)));
      assert.deepEqual([...rendered.keys()].sort(), [...expected.keys()].sort());
      for (const [kind, object] of expected) assert.deepEqual(rendered.get(kind), object, kind);
    });
  }

  for (const [what, over, message] of [
    ["a tag alone", { image: "ordersqasecure.azurecr.io/orders/console:v1.2.3" }, /image.*pattern/is],
    ["a namespace that nobody names", { from: [] }, /from/],
    ["a route that is none", { route: { by: "nodePort" } }, /route/],
    ["a file that leads out", { vault: { name: "kv-orders", files: [{ file: "../x", secretName: "a" }] } }, /file/],
    ["a misspelt key", { replica: 2 }, /replica/],
    ["a third replica", { replicas: 3 }, /replicas/],
    ["a claim of data that two replicas would write", { dataClaim: "console-data" }, /replicas/],
    [
      "a file with a hyphen at its end",
      { vault: { name: "kv-orders", files: [{ file: "a-", secretName: "a" }] } },
      /file/,
    ],
    ["a class that is no name of Kubernetes", { route: { by: "ingress", class: "a..b", tls: "t" } }, /route/],
    ["a host with an empty part", { host: "console..example.com" }, /host/],
  ] as const) {
    it(`S0-3 the chart's schema refuses ${what}`, () => {
      const { status, stderr } = template({ ...valuesOf(clusterPlan(), [443]), ...over });
      assert.notEqual(status, 0);
      assert.match(stderr, message);
    });
  }

  it("helm lint finds nothing against the chart", () => {
    const file = join(folder, "values.json");
    writeFileSync(file, JSON.stringify(valuesOf(clusterPlan(), [443])));
    const { status, stdout, stderr } = helm("lint", "--strict", CHART, "--values", file);
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
});
