import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { admission } from "../../src/cli/admission";
import type { ClusterObject } from "../../src/domain/cluster/clusterObject";
import { cronJob, pod, replicated } from "../support/clusters/objects";
import { describeCluster, type Kubernetes, startKubernetes } from "../support/clusters/kubernetes";
import { runCommand } from "../support/io";
import { skipWithout } from "../support/registries";

const PRODUCT = resolve(__dirname, "../../samples/product");
const HOST = "222222222201.dkr.ecr.eu-west-1.amazonaws.com";
const DIGEST = `sha256:${"ab".repeat(32)}`;
const PODS = "/api/v1/namespaces/product/pods";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

describeCluster("admission, at a real kube-apiserver", () => {
  let cluster: Kubernetes;
  let objects: readonly ClusterObject[];
  before(async function () {
    this.timeout(180_000);
    const printed = await runCommand((io) =>
      admission.run({ project: join(PRODUCT, "stages"), stage: "qa", format: "json" }, io),
    );
    assert.equal(printed.code, 0, printed.stderr);
    objects = (JSON.parse(printed.stdout) as { items: ClusterObject[] }).items;
    cluster = await startKubernetes();
    for (const name of ["product", "other"]) await made("/api/v1/namespaces", { metadata: { name } });
    for (const [kind, plural] of [
      ["ValidatingAdmissionPolicy", "validatingadmissionpolicies"],
      ["ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"],
    ]) {
      for (const object of objects.filter((one) => one.kind === kind)) await made(`${ADMISSION}/${plural}`, object);
    }
    // A policy holds a moment after it was made.
    for (let tries = 0; tries < 200; tries += 1) {
      const refused = await create(`docker.io/library/nginx:${tries}`);
      if (refused.status !== 201) break;
      await sleep(100);
    }
  });
  after(() => cluster.stop());

  const made = async (path: string, object: object): Promise<void> => {
    const { status, body } = await cluster.api("POST", path, object);
    assert.equal(status, 201, JSON.stringify(body));
  };
  const create = (image: string, path = PODS) =>
    cluster.api("POST", `${path}?dryRun=All`, pod("one", { containers: [{ image }] }));
  const refused = async (answer: Promise<{ status: number; body: unknown }>, says: RegExp): Promise<void> => {
    const { status, body } = await answer;
    assert.ok(status === 422 || status === 403, `${status} ${JSON.stringify(body)}`);
    assert.match(JSON.stringify(body), says);
  };

  it("S3-14 a cluster admits an image of the stage's own registry by its digest", async () => {
    const { status, body } = await create(`${HOST}/secure/product/builder@${DIGEST}`);
    assert.equal(status, 201, JSON.stringify(body));
  });

  for (const [title, image] of [
    ["of another registry", `docker.io/library/nginx@${DIGEST}`],
    ["of another stage's registry", `222222222203.dkr.ecr.eu-west-1.amazonaws.com/secure/product/builder@${DIGEST}`],
    ["of a repository that the map does not have", `${HOST}/secure/product/other@${DIGEST}`],
    ["whose host begins alike", `${HOST}.example.com/secure/product/builder@${DIGEST}`],
    ["by a tag alone", `${HOST}/secure/product/builder:v1.0.0-rc1`],
  ] as const) {
    it(`S3-14 a cluster refuses an image ${title}`, () => refused(create(image), /ValidatingAdmissionPolicy/));
  }

  it("S3-14 a cluster refuses such images in what makes pods, in init containers and beside an admitted one", async () => {
    const template = { containers: [{ image: `docker.io/library/nginx@${DIGEST}` }] };
    const apps = "/apis/apps/v1/namespaces/product";
    await refused(
      cluster.api("POST", `${apps}/deployments?dryRun=All`, replicated("Deployment", "one", 1, template)),
      /ValidatingAdmissionPolicy/,
    );
    await refused(
      cluster.api("POST", "/apis/batch/v1/namespaces/product/cronjobs?dryRun=All", cronJob("one", template)),
      /ValidatingAdmissionPolicy/,
    );
    const right = { image: `${HOST}/secure/product/builder@${DIGEST}` };
    const beside = pod("one", { containers: [right], initContainers: template.containers });
    await refused(cluster.api("POST", `${PODS}?dryRun=All`, beside), /ValidatingAdmissionPolicy/);
  });

  it("a cluster's other namespaces are left alone", async () => {
    const { status } = await create("docker.io/library/nginx:1", "/api/v1/namespaces/other/pods");
    assert.equal(status, 201);
  });

  it("S4-12 a cluster takes the sample's chart with the values of its environment, by helm upgrade --dry-run=server", async function () {
    const helm = skipWithout(this, "helm");
    const chart = join(PRODUCT, "deploy");
    const args = ["upgrade", "--install", "product", chart, "--namespace", "product", "--dry-run=server"];
    const values = ["--values", join(chart, "values", "qa.yaml"), "--kubeconfig", cluster.kubeconfig];
    const { stdout } = await promisify(execFile)(helm, [...args, ...values]);
    assert.match(stdout, new RegExp(HOST.replaceAll(".", "\\.")));
  });
});
