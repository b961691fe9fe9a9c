import assert from "node:assert/strict";
import type { Recording } from "../../../src/preview/recording";
import { crdProblems } from "../../support/clusters/crdSchemas";
import { assertNoUnexpected, recordProgram, theResource } from "../../support/recorder";

const ACCOUNT = "kubernetes:core/v1:ServiceAccount";
const NAMESPACE = "kubernetes:core/v1:Namespace";
const EXTERNAL = "kubernetes:external-secrets.io/v1:ExternalSecret";
const ECR = "kubernetes:generators.external-secrets.io/v1alpha1:ECRAuthorizationToken";
const GCR = "kubernetes:generators.external-secrets.io/v1alpha1:GCRAccessToken";

const MADE = { apiVersion: "v1", kind: "ServiceAccount" };

const PROGRAM = `
import { RegistryPullAccess } from "./src/components/pull/registryPullAccess";
const common = { name: "shop-shop", namespace: "shop", createNamespace: false, serviceAccount: "shop", objectName: "shop-pull" };
new RegistryPullAccess("nodes", { ...common, createNamespace: true, how: "node-identity" });
new RegistryPullAccess("stored", { ...common, how: "stored-secret", secret: "ghcr-secret" });
new RegistryPullAccess("vault", {
  ...common,
  how: "vault-secret",
  store: { name: "company-vault", kind: "ClusterSecretStore" },
  logins: [
    { host: "ghcr.io", username: "company-robot", key: "ghcr/pull", property: "token" },
    { host: "quay.io", username: "company+pull", key: "quay-pull" },
    { host: "docker.io", username: "company", key: "hub-pull" },
  ],
});
new RegistryPullAccess("ecr", {
  ...common,
  how: "token-generator",
  identity: "arn:aws:iam::123456789012:role/shop-pull",
  registries: [
    { kind: "ecr", host: "123456789012.dkr.ecr.eu-west-1.amazonaws.com", region: "eu-west-1" },
    { kind: "ecr", host: "210987654321.dkr.ecr.eu-central-1.amazonaws.com", region: "eu-central-1" },
  ],
});
new RegistryPullAccess("gar", {
  ...common,
  how: "token-generator",
  identity: "shop-pull@company-prod.iam.gserviceaccount.com",
  registries: [
    {
      kind: "gar",
      host: "europe-west1-docker.pkg.dev",
      project: "company-prod",
      cluster: { project: "company-prod", location: "europe-west1", name: "prod" },
    },
  ],
});
`;

describe("RegistryPullAccess", () => {
  let recording: Recording;
  before(async () => (recording = await recordProgram({ program: PROGRAM })));
  const account = (name: string) => theResource(recording, ACCOUNT, `${name}-account`).inputs;
  const spec = (type: string, name: string) =>
    theResource(recording, type, name).inputs["spec"] as Record<string, unknown>;

  it("RegistryPullAccess registers what its way needs and nothing else, as the published schemas have it", () => {
    assertNoUnexpected(recording, ["dualregistry:index:RegistryPullAccess", ACCOUNT, NAMESPACE, EXTERNAL, ECR, GCR]);
    const count = (type: string) => recording.resources.filter((resource) => resource.type === type).length;
    assert.deepEqual([ACCOUNT, NAMESPACE, EXTERNAL, ECR, GCR].map(count), [7, 1, 4, 2, 1]);
    assert.deepEqual(recording.logs, []);
    for (const type of [EXTERNAL, ECR, GCR]) {
      for (const { inputs } of recording.resources.filter((resource) => resource.type === type)) {
        assert.deepEqual(crdProblems(inputs as unknown as Parameters<typeof crdProblems>[0]), []);
      }
    }
  });

  it("S4-5 S4-11 RegistryPullAccess gives no pull secret where the nodes' identity pulls, as on EKS and GKE", () => {
    assert.deepEqual(account("nodes"), { ...MADE, metadata: { name: "shop", namespace: "shop" } });
  });

  it("S4-5 RegistryPullAccess names ghcr-secret where it is stored already, and makes nothing of it", () => {
    assert.deepEqual(account("stored")["imagePullSecrets"], [{ name: "ghcr-secret" }]);
  });

  it("S4-5 RegistryPullAccess lets External Secrets keep one pull secret of every host from a vault, by the robots' names", () => {
    assert.deepEqual(account("vault")["imagePullSecrets"], [{ name: "shop-pull" }]);
    const { secretStoreRef, data, target } = spec(EXTERNAL, "vault-secret");
    assert.deepEqual(secretStoreRef, { name: "company-vault", kind: "ClusterSecretStore" });
    assert.deepEqual(data, [
      { secretKey: "login0", remoteRef: { key: "ghcr/pull", property: "token" } },
      { secretKey: "login1", remoteRef: { key: "quay-pull" } },
      { secretKey: "login2", remoteRef: { key: "hub-pull" } },
    ]);
    assert.match(
      JSON.stringify(target),
      /ghcr\.io.*company-robot.*\.login0.*quay\.io.*company\+pull.*\.login1.*https:\/\/index\.docker\.io\/v1\/.*\.login2/,
    );
  });

  it("S4-5 RegistryPullAccess makes a token of ECR for each registry, as an identity that the pods do not have", () => {
    assert.deepEqual(account("ecr"), {
      ...MADE,
      metadata: { name: "shop", namespace: "shop" },
      imagePullSecrets: [{ name: "shop-pull" }, { name: "shop-pull-2" }],
    });
    const { metadata } = theResource(recording, ACCOUNT, "ecr-generator-account").inputs;
    const annotations = { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/shop-pull" };
    assert.deepEqual(metadata, { name: "shop-pull", namespace: "shop", annotations });
    const auth = { jwt: { serviceAccountRef: { name: "shop-pull" } } };
    assert.deepEqual(spec(ECR, "ecr-generator"), { region: "eu-west-1", auth });
    assert.deepEqual(spec(ECR, "ecr-2-generator"), { region: "eu-central-1", auth });
    assert.match(JSON.stringify(spec(EXTERNAL, "ecr-2-secret")), /"name":"shop-pull-2".*210987654321\.dkr/);
  });

  it("S4-5 S4-11 RegistryPullAccess makes a token of Google's by workload identity, for clusters whose nodes may not pull", () => {
    assert.deepEqual(spec(GCR, "gar-generator"), {
      projectID: "company-prod",
      auth: {
        workloadIdentity: {
          ...{ clusterLocation: "europe-west1", clusterName: "prod", clusterProjectID: "company-prod" },
          serviceAccountRef: { name: "shop-pull" },
        },
      },
    });
    const { refreshInterval, dataFrom, target } = spec(EXTERNAL, "gar-secret");
    assert.equal(refreshInterval, "30m");
    const generatorRef = {
      apiVersion: "generators.external-secrets.io/v1alpha1",
      kind: "GCRAccessToken",
      name: "shop-pull",
    };
    assert.deepEqual(dataFrom, [{ sourceRef: { generatorRef } }]);
    assert.match(JSON.stringify(target), /oauth2accesstoken/);
  });
});
