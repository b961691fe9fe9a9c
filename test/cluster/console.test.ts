import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { consoleObjects } from "../../src/domain/console/clusterConsole";
import { crdsOf } from "../support/clusters/crdSchemas";
import { type ApiAnswer, describeCluster, type Kubernetes, startKubernetes } from "../support/clusters/kubernetes";
import { ANSWERS, type AnyObject, clusterPlan, listOf, PLACE } from "../support/console/deployment";

const plural = (kind: string) => `${kind.toLowerCase().replace(/y$/, "ie").replace(/s$/, "se")}s`;
const pathOf = ({ apiVersion, kind }: { apiVersion: string; kind: string }, namespace?: string) =>
  [
    ...(apiVersion.includes("/") ? ["/apis", apiVersion] : ["/api", apiVersion]),
    ...(namespace === undefined ? [] : ["namespaces", namespace]),
    plural(kind),
  ].join("/");

/** What stands in the way of an object; empty where it is taken. */
const refusal = ({ status, body }: ApiAnswer): string =>
  status === 200 || status === 201 ? "" : z.object({ message: z.string() }).parse(body).message;

describeCluster("a console in a namespace of Pod Security restricted, over a real kube-apiserver", function () {
  this.timeout(180_000);
  let cluster: Kubernetes;
  const post = async (path: string, body: object) => {
    // The path of a kind that was defined a moment ago may come some time later.
    for (let tries = 0; ; tries++) {
      const answer = await cluster.api("POST", `${path}?fieldValidation=Strict`, body);
      if (answer.status !== 404 || tries > 300) return refusal(answer);
      await sleep(100);
    }
  };
  const objects = consoleObjects(clusterPlan({ createNamespace: true, machineTokens: true }), PLACE, ANSWERS);
  const { metadata, spec } = objects.deployment.spec.template;
  let counter = 0;
  /** Makes a pod as the Deployment's controller would. */
  const run = (changed: object = {}) => {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: `p${counter++}` } };
    return post(pathOf(pod, "console"), { ...pod, spec: { ...spec, ...changed } });
  };

  before(async () => {
    cluster = await startKubernetes();
    for (const crd of crdsOf(plural)) assert.equal(await post(pathOf(crd), crd), "");
  });
  after(() => cluster.stop());

  it("S0-3 the API server takes every object of a console, behind an ingress and behind a gateway", async () => {
    const route = { by: "gateway", name: "public", namespace: "gateways", listener: "https" };
    const behindGateway = consoleObjects(clusterPlan({ route }), PLACE, ANSWERS);
    assert.ok("httpRoute" in behindGateway);
    for (const object of [...listOf(objects), behindGateway.httpRoute as AnyObject]) {
      assert.equal(await post(pathOf(object, object.metadata.namespace), object), "", object.kind);
    }
  });

  it("S0-3 its pods pass Pod Security restricted, with logins from the vault and from a Secret", async () => {
    assert.equal(await run(), "");
    const { volumes } = consoleObjects(clusterPlan({ logins: { from: "secret", name: "logins" } }), PLACE, ANSWERS)
      .deployment.spec.template.spec;
    assert.equal(await run({ volumes }), "");
  });

  it("S0-3 its pods pass there with a claim of data, and the API server takes the Deployment that is never two pods", async () => {
    const over = { replicas: 1, dataClaim: "console-data" };
    const { deployment } = consoleObjects(clusterPlan(over), PLACE, ANSWERS);
    assert.equal(await run({ volumes: deployment.spec.template.spec.volumes }), "");
    const other = { ...deployment, metadata: { ...deployment.metadata, name: "with-claim" } };
    assert.equal(await post(pathOf(other, "console"), other), "");
  });

  const [container] = spec.containers;
  for (const [what, changed, message] of [
    ["as root", { securityContext: { ...spec.securityContext, runAsUser: 0 } }, /runAsUser=0/],
    ["without saying that it is not root", { securityContext: {} }, /runAsNonRoot != true/],
    [
      "with more rights than it has",
      {
        containers: [
          { ...container, securityContext: { ...container?.securityContext, allowPrivilegeEscalation: true } },
        ],
      },
      /allowPrivilegeEscalation != false/,
    ],
    [
      "with a folder of its node",
      { volumes: [...spec.volumes, { name: "host", hostPath: { path: "/" } }] },
      /hostPath/,
    ],
  ] as const) {
    it(`S0-3 a pod ${what} is refused there`, async () => {
      assert.match(await run(changed), /violates PodSecurity "restricted.*/);
      assert.match(await run(changed), message);
    });
  }

  it("a field that Kubernetes does not know is refused, so that what was taken is what was meant", async () => {
    assert.match(
      await run({ automountServiceAccountTokens: false }),
      /unknown field "spec\.automountServiceAccountTokens"/,
    );
  });
});
