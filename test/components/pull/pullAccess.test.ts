import assert from "node:assert/strict";
import type { Recording } from "../../../src/preview/recording";
import { assertNoUnexpected, recordProgram, theResource } from "../../support/recorder";

const ACCOUNT = "kubernetes:core/v1:ServiceAccount";
const NAMESPACE = "kubernetes:core/v1:Namespace";
const STORE = "kubernetes:external-secrets.io/v1:SecretStore";
const EXTERNAL = "kubernetes:external-secrets.io/v1:ExternalSecret";
const CLASS = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass";

const PROGRAM = `
import { PullAccess } from "./src/components/pull/pullAccess";
const common = {
  namespace: "shop",
  serviceAccount: "shop",
  objectName: "shop-pull",
  clientId: "client",
  tenantId: "tenant",
  vault: { uri: "https://kv.vault.azure.net/", name: "kv" },
  secrets: [{ host: "ordersqasecure.azurecr.io", username: "shop-pull", secretName: "orders-qa-shop-pull-secure" }],
};
new PullAccess("eso", { ...common, createNamespace: true, how: "external-secrets" });
new PullAccess("csi", { ...common, how: "csi" });
new PullAccess("none", { ...common, how: "workload-identity", secrets: [] });
`;

describe("PullAccess", () => {
  let recording: Recording;
  before(async () => (recording = await recordProgram({ program: PROGRAM })));

  it("PullAccess registers what its way needs and nothing else", () => {
    assertNoUnexpected(recording, ["dualregistry:index:PullAccess", ACCOUNT, NAMESPACE, STORE, EXTERNAL, CLASS]);
    const count = (type: string) => recording.resources.filter((resource) => resource.type === type).length;
    assert.deepEqual([ACCOUNT, NAMESPACE, STORE, EXTERNAL, CLASS].map(count), [3, 1, 1, 1, 1]);
    assert.deepEqual(recording.logs, []);
  });

  it("PullAccess lets External Secrets keep a pull secret that the account names (S4-5)", () => {
    const { metadata, imagePullSecrets } = theResource(recording, ACCOUNT, "eso-account").inputs;
    assert.deepEqual(imagePullSecrets, [{ name: "shop-pull" }]);
    const annotations = {
      "azure.workload.identity/client-id": "client",
      "azure.workload.identity/tenant-id": "tenant",
    };
    assert.deepEqual(metadata, { name: "shop", namespace: "shop", annotations });
    assert.deepEqual(theResource(recording, STORE, "eso-store").inputs["spec"], {
      provider: {
        azurekv: {
          authType: "WorkloadIdentity",
          vaultUrl: "https://kv.vault.azure.net",
          tenantId: "tenant",
          serviceAccountRef: { name: "shop" },
        },
      },
    });
    const spec = theResource(recording, EXTERNAL, "eso-secret").inputs["spec"] as Record<string, unknown>;
    assert.deepEqual(spec["data"], [{ secretKey: "login0", remoteRef: { key: "orders-qa-shop-pull-secure" } }]);
    assert.match(JSON.stringify(spec["target"]), /ordersqasecure\.azurecr\.io.*kubernetes\.io\/dockerconfigjson/);
  });

  it("PullAccess mounts passwords by the CSI driver, as the account's identity", () => {
    const { parameters } = theResource(recording, CLASS, "csi-class").inputs["spec"] as {
      parameters: Record<string, string>;
    };
    assert.deepEqual(
      [parameters["clientID"], parameters["tenantID"], parameters["keyvaultName"]],
      ["client", "tenant", "kv"],
    );
    assert.match(parameters["objects"] ?? "", /objectName: orders-qa-shop-pull-secure/);
    assert.equal(theResource(recording, ACCOUNT, "csi-account").inputs["imagePullSecrets"], undefined);
  });

  it("PullAccess needs no password by workload identity: pods and kubelet log in as the identity (S0-4)", () => {
    const { metadata } = theResource(recording, ACCOUNT, "none-account").inputs as {
      metadata: { annotations: Record<string, string> };
    };
    assert.deepEqual(metadata.annotations, {
      "azure.workload.identity/client-id": "client",
      "azure.workload.identity/tenant-id": "tenant",
      "kubernetes.azure.com/acr-client-id": "client",
      "kubernetes.azure.com/acr-tenant-id": "tenant",
    });
  });
});
