import assert from "node:assert/strict";
import type { Digest } from "../../../src/base/digest";
import { retry } from "../../../src/base/retry";
import { type DeployedOptions, runDeployed } from "../../../src/cli/deployed";
import { openCluster, type ReadPath } from "../../../src/clusters/kubectl";
import { digestOf, readCluster } from "../../../src/clusters/readCluster";
import { runCommand } from "../io";
import { refuses } from "../signing/samples";
import type { Kubernetes } from "./kubernetes";
import { cronJob, ended, pod, readerOf, replicated, running, waiting } from "./objects";

const digest = (pair: string): Digest => `sha256:${pair.repeat(32)}`;
const [A, B, C, D] = ["a1", "b2", "c3", "d4"].map(digest) as [Digest, Digest, Digest, Digest];
const HOST = "registry.example.com/orders";
const at = (image: string, of: Digest) => `${HOST}/${image}@${of}`;

const PODS = "/api/v1/namespaces/shop/pods";
const APPS = "/apis/apps/v1/namespaces/shop";

/** What every cluster's API does, shown over whichever one is started: the same tests over a stand-in and over the real one. */
export function clusterSuite(start: () => Promise<Kubernetes>): void {
  let cluster: Kubernetes;
  const make = async (path: string, object: object, status?: object): Promise<void> => {
    const made = await cluster.api("POST", path, object);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    if (status === undefined) return;
    const { name } = (object as { metadata: { name: string } }).metadata;
    await change(`${path}/${name}/status`, { status });
  };
  const change = async (path: string, patch: object): Promise<void> => {
    const changed = await cluster.api("PATCH", path, patch);
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
  };
  const open = (context = "admin") =>
    openCluster({ context, kubeconfig: cluster.kubeconfig }, { env: process.env, pause: 1 });
  const deployed = (options: Partial<DeployedOptions>, pause?: (time: number) => Promise<void>) =>
    runCommand(
      (io) =>
        runDeployed(
          {
            ...{ kubeconfig: cluster.kubeconfig, context: ["admin"], namespace: ["shop"] },
            ...{ timeout: 60_000, interval: 1, format: "json" as const, ...options },
          },
          io,
          pause,
        ),
      process.env,
    );

  before(async function () {
    this.timeout(180_000);
    cluster = await start();
    for (const name of ["shop", "jobs", "many"]) await make("/api/v1/namespaces", { metadata: { name } });
    const api = { containers: [{ name: "api", image: at("api", A) }] };
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "api-1" };
    await make(`${APPS}/deployments`, replicated("Deployment", "api", 1, api), { observedGeneration: 1 });
    await make(
      `${APPS}/replicasets`,
      replicated("ReplicaSet", "api-1", 1, api, { ...owner, kind: "Deployment", name: "api" }),
    );
    const full = { ...api, initContainers: [{ name: "migrate", image: at("migrate", B) }] };
    await make(PODS, pod("api-1-x", full, owner), {
      phase: "Running",
      containerStatuses: [running("api", `docker-pullable://${at("api", A)}`)],
      initContainerStatuses: [ended("migrate", at("migrate", B))],
    });
    await change(`${PODS}/api-1-x/ephemeralcontainers`, {
      spec: { ephemeralContainers: [{ name: "debug", image: at("debug", C), terminationMessagePolicy: "File" }] },
    });
  });
  after(() => cluster.stop());

  const read = async (...namespaces: string[]) => readCluster(await open(), { namespaces, page: 2 });

  it("S3-14 readCluster reads containers, init and ephemeral ones, with what was asked for and what their runtime says", async () => {
    const { pods } = await read("shop");
    const seen = pods.map((one) => [one.container, one.role, one.state, one.ready, digestOf(one)]);
    assert.deepEqual(seen, [
      ["api", "container", "running", true, { digest: A, known: true }],
      ["migrate", "init", "ended", false, { digest: B, known: true }],
      ["debug", "ephemeral", "waiting", false, { digest: C, known: false }],
    ]);
    const workload = { namespace: "shop", kind: "Deployment", name: "api" };
    assert.deepEqual(
      pods.map((one) => one.workload),
      [workload, workload, workload],
    );
  });

  it("readCluster reads what no pod runs now: scaled to none, at its times, and kept to go back to", async () => {
    const jobs = "/apis/apps/v1/namespaces/jobs";
    const image = (of: Digest) => ({ containers: [{ name: "c", image: at("web", of) }] });
    await make(`${jobs}/deployments`, replicated("Deployment", "web", 0, image(A)));
    const of = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
    await make(`${jobs}/replicasets`, replicated("ReplicaSet", "web-0", 0, image(B), of));
    await make(`${jobs}/statefulsets`, replicated("StatefulSet", "store", 0, image(C)));
    await make("/apis/batch/v1/namespaces/jobs/cronjobs", cronJob("nightly", image(D)));
    const { templates } = await read("jobs");
    const seen = templates.map((one) => [one.workload.kind, one.workload.name, digestOf(one)?.digest, one.earlier]);
    assert.deepEqual(seen, [
      ["Deployment", "web", A, false],
      ["StatefulSet", "store", C, false],
      ["Deployment", "web", B, true],
      ["CronJob", "nightly", D, false],
    ]);
  });

  it("readCluster reads a list page by page, and anew where its token has ended: no pod is missing, none stands twice", async () => {
    const names = ["a", "b", "c", "d", "e"].map((name) => `many-${name}`);
    for (const name of names) {
      await make("/api/v1/namespaces/many/pods", pod(name, { containers: [{ name: "c", image: at("api", A) }] }));
    }
    const { name, read: plain } = await open();
    let begun = 0;
    const compacted: ReadPath = async (path) => {
      const page = await plain(path);
      // Between the first page and the second the history goes, and a pod comes.
      if (path.includes("/many/pods?limit=2") && !path.includes("continue") && ++begun === 1) {
        await make("/api/v1/namespaces/many/pods", pod("many-0", { containers: [{ name: "c", image: at("api", B) }] }));
        await cluster.compact();
      }
      return page;
    };
    const { pods } = await readCluster({ name, read: compacted }, { namespaces: ["many"], page: 2 });
    assert.deepEqual(
      pods.map((one) => one.pod),
      ["many-0", ...names],
    );
    assert.equal(begun, 2);
  });

  it("readCluster says which right is missing, and needs no other than to get and list", async () => {
    const cannot = async () => readCluster(await open("nobody"));
    await refuses(cannot, "CLUSTER_AUTH", /"nobody".*cannot list resource.*let this login get and list pods/s);
    const groups = [
      { apiGroups: [""], resources: ["pods", "replicationcontrollers"] },
      { apiGroups: ["apps"], resources: ["deployments", "statefulsets", "daemonsets", "replicasets"] },
      { apiGroups: ["batch"], resources: ["jobs", "cronjobs"] },
    ];
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    const { role, binding } = readerOf("nobody", groups.slice(0, 2));
    await make(`${rbac}/clusterroles`, role);
    await make(`${rbac}/clusterrolebindings`, binding);
    await refuses(cannot, "CLUSTER_AUTH", /API group \\"batch\\"/);
    await change(`${rbac}/clusterroles/reader`, readerOf("nobody", groups).role);
    // The API server's own view of its roles follows a moment later.
    const { pods } = await retry(cannot, { attempts: 50, retryable: () => true, pause: () => 50 });
    assert.ok(pods.some((one) => one.pod === "api-1-x"));
  });

  it("S3-14 S2-13 deployed --wait ends when exactly the promoted digest runs, and says meanwhile what is missing", async () => {
    const old = await deployed({ expect: [`orders/api@${D}`] });
    assert.equal(old.code, 1);
    assert.match(old.stdout, /"missing": \[\s+".*api-1-x.* runs sha256:a1a1.*, not sha256:d4d4/s);
    // What Flux and the cluster do, one step at each pause.
    const api = { containers: [{ name: "api", image: at("api", D) }] };
    const second = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "api-2" };
    const steps = [
      () => change(`${APPS}/deployments/api`, { spec: { template: { spec: api } } }),
      async () => {
        await change(`${APPS}/deployments/api/status`, { status: { observedGeneration: 2 } });
        await change(`${APPS}/replicasets/api-1`, { spec: { replicas: 0 } });
        await make(
          `${APPS}/replicasets`,
          replicated("ReplicaSet", "api-2", 1, api, { ...second, kind: "Deployment", name: "api" }),
        );
        await make(PODS, pod("api-2-y", api, second), {
          phase: "Pending",
          containerStatuses: [
            waiting("api", at("api", D), "ImagePullBackOff", 'Back-off pulling image "\u001b[2J": 401'),
          ],
        });
      },
      () =>
        change(`${PODS}/api-2-y/status`, {
          status: { phase: "Running", containerStatuses: [running("api", at("api", D), false)] },
        }),
      () => change(`${PODS}/api-2-y/status`, { status: { containerStatuses: [running("api", at("api", D))] } }),
      async () => {
        await cluster.api("DELETE", `${PODS}/api-1-x?gracePeriodSeconds=0`);
      },
    ];
    const waited = await deployed({ expect: [`orders/api@${D}`], wait: true }, async () => {
      await steps.shift()?.();
    });
    assert.equal(waited.code, 0, waited.stderr);
    assert.equal(steps.length, 0);
    assert.match(waited.stderr, /controller has not taken up the last change/);
    assert.match(waited.stderr, /does not run yet: "ImagePullBackOff: Back-off pulling image/);
    assert.match(waited.stderr, /api-2-y.*is not ready/);
    assert.match(waited.stderr, /api-1-x.*runs sha256:a1a1/);
    assert.doesNotMatch(waited.stderr, /\u001b/);
  });

  it("deployed --wait ends with 1 when the time is over, and names what stands against it", async () => {
    const ran = await deployed({ expect: [`orders/api@${D}`, `orders/none@${A}`], wait: true, timeout: 1 });
    assert.equal(ran.code, 1);
    assert.match(ran.stdout, /no pod and no workload names orders\/none/);
  });

  it("S3-14 deployed --format json is what image sweep reads as deployed, with what a rollback would run", async () => {
    const ran = await deployed({ namespace: ["shop", "jobs"] });
    assert.equal(ran.code, 0, ran.stderr);
    const { deployed: all } = JSON.parse(ran.stdout) as { deployed: { digests: string[] } };
    assert.deepEqual(all.digests, [A, B, C, D]);
  });
}
