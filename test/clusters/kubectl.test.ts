import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { type DeployedOptions, runDeployed } from "../../src/cli/deployed";
import { openCluster, type ReadPath } from "../../src/clusters/kubectl";
import { listAll } from "../../src/clusters/listAll";
import { digestOf, readCluster } from "../../src/clusters/readCluster";
import { type KubeApi, startKubeApi } from "../support/clusters/kubeApi";
import { pod, waiting } from "../support/clusters/objects";
import { runCommand } from "../support/io";
import { describeWith } from "../support/registries";
import { DIGEST, OTHER, refuses } from "../support/signing/samples";
import { HOSTILE_TEXT } from "../support/sinks/exercises";

describeWith(["kubectl", "openssl"], "openCluster", () => {
  let cluster: KubeApi;
  beforeEach(async () => (cluster = await startKubeApi()));
  afterEach(() => cluster.stop());
  const open = (different: { context?: string; timeout?: number; env?: Record<string, string | undefined> } = {}) => {
    const { context = "admin", timeout = 60_000, env = process.env } = different;
    return openCluster({ context, kubeconfig: cluster.kubeconfig }, { env, timeout, pause: 1 });
  };

  const runDeployedIn = (...namespace: string[]) => {
    const options = { kubeconfig: cluster.kubeconfig, timeout: 1, interval: 1, format: "json" as const };
    const scope = namespace.length > 0 ? { namespace } : {};
    return runCommand((io) => runDeployed({ ...options, ...scope }, io), process.env);
  };

  it("openCluster tries three times at an API that fails, and then says that it does not answer", async () => {
    const { read } = await open();
    cluster.fail(503, 503);
    assert.match(String(await read("/api/v1/pods?limit=1")), /"items":\[\]/);
    cluster.fail(503, 503, 503);
    await refuses(() => read("/api/v1/pods?limit=1"), "CLUSTER_UNAVAILABLE", /"admin".*kubectl says.*\/readyz/s);
  });

  it("openCluster gives up an answer that does not come in its time", async () => {
    const { read } = await open({ timeout: 2000 });
    cluster.slow(30_000);
    await refuses(() => read("/api/v1/pods?limit=1"), "CLUSTER_UNAVAILABLE", /"admin"/);
  });

  it("openCluster reads a cluster behind a path of a proxy, which kubectl get --raw leaves out", async () => {
    const behind = await startKubeApi("/k8s/clusters/c-1");
    try {
      behind.put("/api/v1/namespaces/shop/pods", pod("a", { containers: [{ image: `orders/api@${DIGEST}` }] }));
      const { pods } = await readCluster(await openCluster({ kubeconfig: behind.kubeconfig }, { env: process.env }));
      assert.deepEqual(
        pods.map(({ pod: name }) => name),
        ["a"],
      );
    } finally {
      await behind.stop();
    }
  });

  it("openCluster asks for lists alone, 500 objects a page", async () => {
    await readCluster(await open());
    const asked = cluster.asked().filter((path) => !/^\/(?:version|api|apis)(?:\?|$)/.test(path));
    assert.deepEqual([...new Set(asked.map((path) => path.split("?")[1]))], ["limit=500&timeout=1m0s"]);
    assert.equal(asked.length, 8);
  });

  it("openCluster says what is wrong with a context, a login and a machine without kubectl", async () => {
    await refuses(() => open({ context: "none" }), "CONFIG_INVALID", /"none".*kubectl config get-contexts/s);
    await refuses(() => open({ env: { PATH: "/nowhere" } }), "CONFIG_INVALID", /kubectl cannot be started/);
    const config = readFileSync(cluster.kubeconfig, "utf8");
    writeFileSync(cluster.kubeconfig, config.replaceAll(/"token":"\w+"/g, '"token":"other"'));
    const { read } = await open();
    await refuses(() => read("/api/v1/pods?limit=1"), "CLUSTER_AUTH", /log in to the cluster again/);
  });

  it("openCluster fails where the cluster does not serve a kind, and deployed is not empty then", async () => {
    const { read } = await open();
    const wanted = /could not find the requested resource.*address of a cluster's API/s;
    await refuses(() => read("/apis/batch/v2/jobs?limit=1"), "CLUSTER_UNAVAILABLE", wanted);
    const config = readFileSync(cluster.kubeconfig, "utf8");
    writeFileSync(cluster.kubeconfig, config.replace(/"server":"[^"]+/, "$&/other"));
    const ran = await runDeployedIn();
    assert.deepEqual([ran.code, ran.stdout], [2, ""]);
    assert.match(ran.stderr, wanted);
  });

  it("deployed refuses a namespace that is not there, and writes the ones it read into its JSON", async () => {
    cluster.put("/api/v1/namespaces", { metadata: { name: "shop" } });
    const wrong = await runDeployedIn("shop", "shpo");
    assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
    assert.match(wrong.stderr, /--namespace "shpo" is not there; allowed: what kubectl get namespaces lists/);
    const right = await runDeployedIn("shop");
    assert.equal(right.code, 0, right.stderr);
    assert.match(right.stdout, /"namespaces": \[\s+"shop"\s+\]/);
    assert.match((await runDeployedIn()).stdout, /"namespaces": \[\]/);
  });

  it("S3-14 readCluster reads image volumes of pods and templates, by their spec, and by their runtime where it says one", async () => {
    const volumes = ["model", "data"].map((name, at) => ({
      name,
      image: { reference: `registry.example.com/orders/${name}${at === 0 ? `@${DIGEST}` : ":v1"}` },
    }));
    const spec = {
      containers: [{ name: "api", image: "orders/api:v1" }],
      volumes: [...volumes, { name: "tmp", emptyDir: {} }],
    };
    const imageRef = `registry.example.com/orders/data@${OTHER}`;
    const mounts = [{ name: "data", mountPath: "/data", volumeStatus: { image: { imageRef } } }];
    const status = { name: "api", state: { running: {} }, volumeMounts: mounts };
    cluster.put("/api/v1/namespaces/shop/pods", {
      ...{ metadata: { name: "api" }, spec, status: { phase: "Running", containerStatuses: [status] } },
    });
    cluster.put("/apis/apps/v1/namespaces/shop/deployments", {
      metadata: { name: "api" },
      spec: { template: { spec } },
    });
    const { pods, templates } = await readCluster(await open());
    const seen = [...pods, ...templates].filter(({ role }) => role === "volume");
    assert.deepEqual(
      seen.map((one) => [one.container, "state" in one ? one.state : "template", digestOf(one)]),
      [
        ["model", "running", { digest: DIGEST, known: false }],
        ["data", "running", { digest: OTHER, known: true }],
        ["model", "template", { digest: DIGEST, known: false }],
        ["data", "template", undefined],
      ],
    );
    const ran = await runDeployedIn();
    for (const digest of [DIGEST, OTHER]) assert.ok(ran.stdout.includes(digest), ran.stdout);
  });

  it("deployed prints no character of a cluster that could act on a terminal, in no format and in no message", async () => {
    const name = `a${HOSTILE_TEXT}`;
    cluster.put("/api/v1/namespaces/shop/pods", {
      ...pod(name, { containers: [{ name, image: `orders/api@${DIGEST}` }, { image: `no image ${HOSTILE_TEXT}` }] }),
      status: { containerStatuses: [waiting(name, "x", HOSTILE_TEXT, HOSTILE_TEXT)] },
    });
    for (const format of ["text", "json"] as const) {
      const options: DeployedOptions = {
        ...{ kubeconfig: cluster.kubeconfig, timeout: 1, interval: 1, format, expect: [`orders/api@${DIGEST}`] },
      };
      const ran = await runCommand((io) => runDeployed(options, io), process.env);
      assert.equal(ran.code, 1);
      assert.match(ran.stdout, /MISSING|missing/);
      assert.match(ran.stderr, /not an image's address/);
      assert.doesNotMatch(ran.stdout + ran.stderr, /[\u0000-\u0009\u000b-\u001f\u2066-\u2069\u202e\u2028]/);
    }
  });

  const WRONG: readonly [Partial<DeployedOptions>, RegExp][] = [
    [{}, /Nothing to read is named; give --context/],
    [{ gitops: ["."] }, /--gitops needs the map of images; give --outputs/],
    [{ context: ["admin"], verify: true }, /--verify needs the stage's registries/],
    [{ context: ["admin"], wait: true }, /--wait needs to know for what; give --expect/],
    [{ gitops: ["."], outputs: "x", expect: [`a@${DIGEST}`] }, /--expect: no cluster is named/],
    [
      { context: ["admin"], expect: ["orders/api:v1"] },
      /--expect "orders\/api:v1": allowed: a repository with a digest/,
    ],
  ];
  for (const [options, message] of WRONG) {
    it(`deployed refuses ${JSON.stringify(options).slice(0, 80)}`, async () => {
      const ran = await runCommand((io) => runDeployed({ timeout: 1, interval: 1, format: "text", ...options }, io));
      assert.equal(ran.code, 2);
      assert.match(ran.stderr, message);
    });
  }
});

describe("listAll", () => {
  const schema = z.object({ name: z.string() });
  const list = (answer: (path: string) => string) => {
    const read: ReadPath = (path) => Promise.resolve(Buffer.from(answer(path)));
    return listAll(read, "/api/v1/pods", { where: "Cluster", schema });
  };
  const CASES: readonly [string, (path: string) => string, RegExp][] = [
    ["pages without an end", () => '{"items":[],"metadata":{"continue":"again"}}', /its pages have no end/],
    ["a page of HTML", () => "<html>", /not JSON|JSON/],
    ["items that are no list", () => '{"items":{}}', /items is not a list/],
    [
      "an object without what it must have",
      () => '{"items":[{"metadata":{"name":"a"},"name":5}]}',
      /name: allowed: a text/,
    ],
    ["what nests too deeply", () => `{"items":${"[".repeat(100)}${"]".repeat(100)}}`, /nested too deeply/],
  ];
  for (const [title, answer, message] of CASES) {
    it(`listAll refuses ${title}`, () => refuses(() => list(answer), "CONTENT_INVALID", message));
  }

  it("listAll reads a list that Go wrote as null, and asks for no token twice", async () => {
    assert.deepEqual(await list(() => '{"items":null}'), []);
    const paths: string[] = [];
    const pages = await list((path) => {
      paths.push(path);
      return paths.length === 1
        ? '{"items":[{"name":"a"}],"metadata":{"continue":"b/c="}}'
        : '{"items":[{"name":"b"}]}';
    });
    assert.deepEqual(pages, [{ name: "a" }, { name: "b" }]);
    assert.equal(paths[1], "/api/v1/pods?limit=500&continue=b%2Fc%3D");
  });
});
