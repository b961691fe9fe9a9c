import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { dualreg } from "../../src/cli/program";
import { type ApiAnswer, describeCluster, type Kubernetes, startKubernetes } from "../support/clusters/kubernetes";
import { cronJob, pod, replicated } from "../support/clusters/objects";
import { crdsOf } from "../support/clusters/crdSchemas";
import { captureIo } from "../support/io";
import { findTool } from "../support/registries";

const PRODUCT = resolve(__dirname, "../../samples/product");
const HOST = "222222222203.dkr.ecr.eu-west-1.amazonaws.com";
const DIGEST = `sha256:${"ab".repeat(32)}`;
const GOOD = `${HOST}/product/web:v1.2.3@${DIGEST}`;
const BAD = `docker.io/library/redis@${DIGEST}`;
const PODS = "/api/v1/namespaces/product/pods";

const listed = z.object({
  items: z.array(
    z.looseObject({
      apiVersion: z.string(),
      kind: z.string(),
      metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
    }),
  ),
});
const plural = (kind: string) => `${kind.toLowerCase().replace(/y$/, "ie")}s`;
const pathOf = (apiVersion: string, kind: string, namespace?: string) =>
  [
    ...(apiVersion.includes("/") ? ["/apis", apiVersion] : ["/api", apiVersion]),
    ...(namespace === undefined ? [] : ["namespaces", namespace]),
    plural(kind),
  ].join("/");

/** What stands in the way of an object; empty where it is taken. */
const refusal = ({ status, body }: ApiAnswer): string => {
  if (status === 200 || status === 201) return "";
  return z.object({ message: z.string() }).parse(body).message;
};

describeCluster("admission, over a real kube-apiserver", function () {
  this.timeout(180_000);
  let cluster: Kubernetes;
  let counter = 0;
  const post = (path: string, body: object) => cluster.api("POST", `${path}?fieldValidation=Strict`, body);
  /** Makes a pod of one container, and hands what stands in its way back. */
  const run = async (image: string, namespace = "product") =>
    refusal(await post(`/api/v1/namespaces/${namespace}/pods`, pod(`p${counter++}`, { containers: [{ image }] })));
  const until = async (done: () => Promise<boolean>) => {
    for (let tries = 0; tries < 600 && !(await done()); tries++) await sleep(100);
  };

  before(async () => {
    cluster = await startKubernetes();
    for (const name of ["product", "flux-system", "other"]) {
      assert.equal(refusal(await post("/api/v1/namespaces", { metadata: { name } })), "");
    }
    for (const crd of crdsOf(plural)) {
      assert.equal(refusal(await post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)), "");
    }
    // What ran before there was a policy.
    assert.equal(await run(BAD), "");
    await until(async () => (await cluster.api("GET", "/apis/helm.toolkit.fluxcd.io/v2")).status === 200);
  });
  after(() => cluster.stop());

  it("S3-2 S3-3 the API server takes every object of every stage, with the rules of Flux's and Kyverno's own definitions", async () => {
    for (const stage of ["dev", "qa", "uat", "prod"]) {
      const { io, printed } = captureIo();
      const args = ["admission", "--project", `${PRODUCT}/stages`, "--stage", stage, "--format", "json"];
      assert.equal(await dualreg(args, io), 0, printed.stderr);
      for (const { apiVersion, kind, metadata, ...rest } of listed.parse(JSON.parse(printed.stdout)).items) {
        // One cluster of prod: the policies of the other stages would hold the same namespace.
        if (stage !== "prod" && kind === "ValidatingAdmissionPolicyBinding") continue;
        const path = pathOf(apiVersion, kind, metadata.namespace);
        // The kind's own path may come some time behind its definition.
        let answer = await post(path, { apiVersion, kind, metadata, ...rest });
        await until(async () => {
          if (answer.status !== 404) return true;
          answer = await post(path, { apiVersion, kind, metadata, ...rest });
          return false;
        });
        assert.equal(refusal(answer), "", `${stage} ${kind} ${metadata.name}`);
      }
    }
    await until(async () => (await run(BAD)) !== "");
  });

  for (const [what, image] of [
    ["another registry's image", BAD],
    ["an image without a registry", `redis@${DIGEST}`],
    ["a repository that the map does not have", `${HOST}/product/other@${DIGEST}`],
    ["a path that ends like one of the map", `evil.example/${HOST}/product/web@${DIGEST}`],
    ["a path that begins like one of the map", `${HOST}/product/web/more@${DIGEST}`],
    ["the registry of another stage", `222222222201.dkr.ecr.eu-west-1.amazonaws.com/product/web@${DIGEST}`],
    ["the host in capitals", GOOD.replace("amazonaws.com", "AMAZONAWS.COM")],
  ] as const) {
    it(`S3-14 a pod with ${what} is refused, by name`, async () => {
      const message = await run(image);
      assert.match(message, /denied request: prod takes images of its own registries alone, not /);
      assert.ok(message.endsWith(image), message);
    });
  }

  it("S3-14 a pod by tag alone is refused, and one by digest, its tag beside it or not, is taken", async () => {
    for (const image of [
      `${HOST}/product/web`,
      `${HOST}/product/web:v1.2.3`,
      `${HOST}/secure/product/builder:v1.2.3`,
    ]) {
      assert.match(await run(image), /prod takes these images by digest alone: 2222/, image);
    }
    for (const image of [
      GOOD,
      `${HOST}/secure/product/builder@${DIGEST}`,
      `europe-west1-docker.pkg.dev/example-product/standard/product/web@${DIGEST}`,
    ])
      assert.equal(await run(image), "", image);
  });

  it("S3-14 everything that makes pods is held to the rules, in all its containers, and nothing of other namespaces", async () => {
    const apps = "/apis/apps/v1/namespaces/product";
    for (const [image, is] of [
      [GOOD, ""],
      [BAD, "refused"],
    ] as const) {
      const good = { containers: [{ image: GOOD }] };
      const name = `n${counter++}`;
      const template = { containers: [{ image }] };
      const set = replicated("StatefulSet", name, 1, template);
      const { spec } = set;
      const daemon = {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name },
        spec: { selector: spec.selector, template: spec.template },
      };
      const job = cronJob(name, template);
      const volume = { name: "content", image: { reference: image, pullPolicy: "IfNotPresent" } };
      const plain = pod(`v${name}`, good);
      const made: readonly (readonly [path: string, object: object])[] = [
        [PODS, pod(`i${name}`, { ...good, initContainers: [{ image }] })],
        [`${apps}/deployments`, replicated("Deployment", name, 1, template)],
        [`${apps}/replicasets`, replicated("ReplicaSet", name, 1, template)],
        [`${apps}/statefulsets`, set],
        [`${apps}/daemonsets`, daemon],
        ["/apis/batch/v1/namespaces/product/cronjobs", job],
        [
          "/apis/batch/v1/namespaces/product/jobs",
          { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: job.spec.jobTemplate.spec },
        ],
        [
          "/api/v1/namespaces/product/replicationcontrollers",
          {
            ...{ apiVersion: "v1", kind: "ReplicationController", metadata: { name } },
            spec: { selector: { app: name }, template: spec.template },
          },
        ],
        // A server that has no image volumes drops the field, so there is nothing to refuse.
        ...(image === GOOD ? [[PODS, { ...plain, spec: { ...plain.spec, volumes: [volume] } }] as const] : []),
      ];
      for (const [path, object] of made) {
        const message = refusal(await cluster.api("POST", path, object));
        assert.equal(/prod takes images of its own registries alone/.test(message) ? "refused" : message, is, path);
      }
    }
    assert.equal(await run(BAD, "other"), "");
  });

  it("S3-14 what ran before may be labelled, and neither changed to another image nor debugged with one", async () => {
    const first = `${PODS}/p0`;
    assert.equal(refusal(await cluster.api("PATCH", first, { metadata: { labels: { seen: "yes" } } })), "");
    const other = { spec: { containers: [{ name: "c0", image: `docker.io/library/busybox@${DIGEST}` }] } };
    assert.match(refusal(await cluster.api("PATCH", first, other)), /alone, not docker\.io\/library\/busybox/);
    const debug = (image: string) =>
      cluster.api("PATCH", `${first}/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: "debug", image }] },
      });
    assert.match(refusal(await debug("docker.io/library/busybox")), /alone, not docker\.io\/library\/busybox/);
    assert.equal(refusal(await debug(GOOD)), "");
  });

  for (const name of ["local", "dev", "qa", "uat", "prod", "gcp"]) {
    it(`S4-12 helm upgrade --install --dry-run=server takes the chart with the values of ${name}`, function () {
      const tool = findTool("helm");
      if (tool === undefined) this.skip();
      const values = ["--values", `${PRODUCT}/deploy/values/${name}.yaml`];
      const args = [
        "upgrade",
        "--install",
        "shop",
        `${PRODUCT}/deploy`,
        ...values,
        "--dry-run=server",
        "--namespace",
        "other",
      ];
      // Helm keeps what it learns of a cluster below HOME.
      const env = {
        PATH: process.env["PATH"] ?? "",
        KUBECONFIG: cluster.kubeconfig,
        HOME: dirname(cluster.kubeconfig),
      };
      const { status, stderr, stdout } = spawnSync(tool, args, { encoding: "utf8", env });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /STATUS: pending-install/);
    });
  }
});
