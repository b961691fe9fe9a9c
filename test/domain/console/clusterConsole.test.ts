import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { digestOf } from "../../../src/base/digest";
import { consoleObjects } from "../../../src/domain/console/clusterConsole";
import { changeAttempts } from "../../../src/console/fixedRegistries";
import { openIndex } from "../../../src/console/search/database";
import { settingsOf } from "../../../src/console/settings";
import { crdProblems } from "../../support/clusters/crdSchemas";
import { ANSWERS, clusterPlan, listOf, PLACE } from "../../support/console/deployment";
import { outputsFor } from "../../support/release/outputsFor";

const objectsOf = (over: Record<string, unknown> = {}) => consoleObjects(clusterPlan(over), PLACE, ANSWERS);
const podOf = (over: Record<string, unknown> = {}) => {
  const { spec } = objectsOf(over).deployment.spec.template;
  const [container] = spec.containers;
  assert.ok(container);
  return { spec, container };
};

describe("consoleObjects", () => {
  it("S0-3 consoleObjects runs the image by digest, as nobody's root, with nothing writable but two folders", () => {
    const { spec, container } = podOf();
    assert.equal(container.image, ANSWERS.image);
    assert.equal(container.securityContext.readOnlyRootFilesystem, true);
    assert.deepEqual([spec.securityContext.runAsNonRoot, spec.securityContext.runAsUser], [true, 65532]);
    const writable = container.volumeMounts.filter((mount) => !("readOnly" in mount));
    assert.deepEqual(
      writable.map(({ mountPath }) => mountPath),
      ["/tmp", "/var/lib/dual-registry"],
    );
  });

  it("S0-3 consoleObjects sets no variable, and none that Kubernetes sets for services reaches the console", () => {
    const { spec, container } = podOf({ machineTokens: true });
    assert.equal(spec.enableServiceLinks, false);
    assert.equal("env" in container, false);
    // What Azure's webhook sets in a pod that asks for its identity. Source: azure-workload-identity, pkg/webhook/consts.go.
    const env = {
      ...{ AZURE_CLIENT_ID: "x", AZURE_TENANT_ID: "x" },
      ...{ AZURE_FEDERATED_TOKEN_FILE: "x", AZURE_AUTHORITY_HOST: "x" },
    };
    const start = { args: [], execArgv: [], debuggerUrl: undefined, logins: [], loaderFiles: [], hosts: [] };
    const attempts = changeAttempts({ ...start, env, program: { text: "", digest: "" } });
    assert.deepEqual(
      attempts.filter(({ what }) => what.startsWith("variable")),
      [],
    );
  });

  it("S0-3 consoleObjects opts its pods out of the proxy variables that a cluster's webhook sets, which the start refuses", () => {
    const { annotations } = objectsOf().deployment.spec.template.metadata;
    assert.equal(annotations["kubernetes.azure.com/no-http-proxy-vars"], "true");
  });

  it("consoleObjects has room for the index that the search works on, and twice for the copies that it keeps", () => {
    const work = mkdtempSync(join(tmpdir(), "dualreg-room-"));
    const { database } = openIndex({ work, of: digestOf(Buffer.from("qa")) });
    try {
      const pragma = (name: string) => Number(Object.values(database.get(`PRAGMA ${name}`) ?? {})[0]);
      const most = pragma("max_page_count") * pragma("page_size");
      assert.ok(most > 0);
      const limits = podOf().spec.volumes.flatMap((volume) =>
        "emptyDir" in volume && "sizeLimit" in volume.emptyDir
          ? [[volume.name, volume.emptyDir.sizeLimit] as const]
          : [],
      );
      const room = new Map(limits.map(([name, limit]) => [name, Number(/^(\d+)Gi$/.exec(limit)?.[1]) * 2 ** 30]));
      // Sigstore's root of trust lies beside the index.
      assert.ok((room.get("tmp") ?? 0) >= 1.25 * most);
      assert.ok((room.get("data") ?? 0) >= 2 * most);
    } finally {
      database.close();
      rmSync(work, { recursive: true });
    }
  });

  it("consoleObjects mounts a claim in place of the folder that goes with the pod, and never runs two pods on it", () => {
    const over = { replicas: 1, dataClaim: "console-data" };
    const data = podOf(over).spec.volumes.find(({ name }) => name === "data");
    assert.deepEqual(data, { name: "data", persistentVolumeClaim: { claimName: "console-data" } });
    // A new pod beside the old one would wait for a disk that one node alone can have.
    assert.deepEqual(objectsOf(over).deployment.spec.strategy, { type: "Recreate" });
    assert.deepEqual(objectsOf({ replicas: 1 }).deployment.spec.strategy.type, "RollingUpdate");
  });

  it("consoleObjects asks for its token of the vault alone where it reads machine tokens, and never for the API's", () => {
    const labelsOf = (over = {}) => objectsOf(over).deployment.spec.template.metadata.labels;
    assert.equal(labelsOf()["azure.workload.identity/use"], undefined);
    assert.equal(labelsOf({ machineTokens: true })["azure.workload.identity/use"], "true");
    assert.equal(objectsOf().serviceAccount.automountServiceAccountToken, false);
    assert.equal(podOf().spec.automountServiceAccountToken, false);
  });

  it("S0-4 consoleObjects mounts each secret by the name and in the folder that the console reads", () => {
    const outputs = outputsFor({
      stage: "qa",
      host: "registry.example.com",
      kind: "distribution",
      policy: { signature: false, signers: [] },
    });
    const settings = settingsOf(outputs, { access: { anonymous: "read" } });
    const { container } = podOf();
    assert.ok(container.volumeMounts.some(({ mountPath }) => mountPath === settings.secrets));
    assert.equal(container.ports[0]?.containerPort, settings.port);
    const objects = objectsOf({ files: { "session-keys/2027-01-31": "console-key" } }).secretProviderClass?.spec
      .parameters["objects"];
    const { array } = load(objects ?? "") as { array: string[] };
    assert.deepEqual(
      array.map((text) => load(text)),
      [
        ["orders-qa-orders-pull-secure", "secure-password"],
        ["console-key", "session-keys/2027-01-31"],
        ["orders-qa-orders-pull-standard", "standard-password"],
      ].map(([objectName, objectAlias]) => ({ objectName, objectType: "secret", objectAlias })),
    );
  });

  it("consoleObjects lets the named namespaces connect, and the console reach names and its registries' ports alone", () => {
    const plan = clusterPlan({ from: ["ingress-nginx", "monitoring"] });
    const { spec } = consoleObjects(plan, { ...PLACE, ports: [443, 5000] }, ANSWERS).networkPolicy;
    const from = (name: string) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } });
    assert.deepEqual(spec.ingress, [
      { from: ["ingress-nginx", "monitoring"].map(from), ports: [{ protocol: "TCP", port: 8080 }] },
    ]);
    const out = spec.egress.flatMap(({ ports }) => ports.map(({ protocol, port }) => `${protocol} ${port}`));
    assert.deepEqual(
      [spec.policyTypes, out],
      [
        ["Ingress", "Egress"],
        ["UDP 53", "TCP 53", "TCP 443", "TCP 5000"],
      ],
    );
  });

  it("consoleObjects has a budget where there are replicas to spare, and a namespace where it makes one", () => {
    assert.equal(objectsOf().disruptionBudget?.spec.maxUnavailable, 1);
    assert.equal(objectsOf({ replicas: 1 }).disruptionBudget, undefined);
    assert.equal(objectsOf().namespace, undefined);
    const labels = objectsOf({ createNamespace: true }).namespace?.metadata.labels;
    assert.equal(labels?.["pod-security.kubernetes.io/enforce"], "restricted");
  });

  it("consoleObjects pulls by a pull secret that is there, or by the account's identity", () => {
    const stored = objectsOf({ pull: { how: "stored-secret", secret: "ghcr-secret" } }).serviceAccount;
    assert.deepEqual(stored.imagePullSecrets, [{ name: "ghcr-secret" }]);
    const { annotations } = objectsOf({ pull: { how: "workload-identity" } }).serviceAccount.metadata;
    assert.equal(annotations?.["kubernetes.azure.com/acr-client-id"], "client");
  });

  it("consoleObjects takes its logins from a Secret that is there, which the group of the pod may read", () => {
    const over = { logins: { from: "secret", name: "console-logins" } };
    const volumes = podOf(over).spec.volumes;
    assert.deepEqual(volumes.at(-1), { name: "secrets", secret: { secretName: "console-logins", defaultMode: 0o440 } });
    assert.equal(podOf(over).spec.securityContext.fsGroup, 65532);
    assert.equal("secretProviderClass" in consoleObjects(clusterPlan(over), PLACE, { image: "x" }), false);
  });

  for (const [by, route] of [
    ["ingress", { by: "ingress", class: "nginx", tls: "console-tls" }],
    ["gateway", { by: "gateway", name: "public", namespace: "gateways", listener: "https" }],
  ] as const) {
    it(`consoleObjects is reached by ${by} under its host, and what is no kind of Kubernetes' own fits its definition`, () => {
      const objects = objectsOf({ route });
      assert.ok(
        JSON.stringify("ingress" in objects ? objects.ingress : objects.httpRoute).includes("console.qa.company.com"),
      );
      const custom = listOf(objects).filter(({ kind }) => ["HTTPRoute", "SecretProviderClass"].includes(kind));
      assert.equal(custom.length, by === "gateway" ? 2 : 1);
      assert.deepEqual(custom.flatMap(crdProblems), []);
    });
  }
});
