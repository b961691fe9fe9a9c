import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { ComponentResource, type ComponentResourceOptions, type Resource } from "@pulumi/pulumi";
import type { RegistryPullPlan, TokenRegistry } from "../../domain/identity/registryPull";
import { dependenciesOf, PACKAGE } from "../options";
import { pullSecretTemplate } from "./pullSecretTemplate";

/** A service account whose pods pull from registries that somebody else owns. */
type RegistryPullArgs = RegistryPullPlan & {
  /**
   * Labels of every object.
   *
   * @default none
   */
  labels?: Record<string, string>;
};

/**
 * Gives the pods of one service account access to images of registries that are only named, by what their kind takes:
 * - `node-identity`: nothing. The nodes of the cluster may pull: ECR by their IAM role, Artifact Registry by their service
 *   account, a registry of Azure's that is attached to AKS.
 * - `stored-secret`: a pull secret that is there already, such as `ghcr-secret`.
 * - `vault-secret`: a pull secret that External Secrets keeps from a vault, by a store that is there.
 * - `token-generator`: a pull secret of short-lived tokens for ECR or Artifact Registry, which External Secrets makes as an
 *   identity of its own: pods do not get its rights.
 *
 * No password passes through Pulumi. Source of the fields: external-secrets/external-secrets, config/crds/bases.
 *
 * @example
 * new RegistryPullAccess("shop", {
 *   name: "shop-shop",
 *   namespace: "shop",
 *   createNamespace: false,
 *   serviceAccount: "shop",
 *   objectName: "shop-pull",
 *   how: "stored-secret",
 *   secret: "ghcr-secret",
 * });
 */
export class RegistryPullAccess extends ComponentResource {
  /** Names of the pull secrets, which pods of other accounts may name too; empty for node-identity. */
  readonly pullSecrets: readonly string[];

  constructor(name: string, args: RegistryPullArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:RegistryPullAccess`, name, undefined, options);
    const outer = dependenciesOf(options);
    const labels = args.labels === undefined ? {} : { labels: args.labels };
    const namespace = args.createNamespace
      ? new Namespace(
          `${name}-namespace`,
          { metadata: { name: args.namespace, ...labels } },
          { parent: this, ...outer },
        )
      : undefined;
    const inside = { parent: this, ...(namespace === undefined ? outer : { dependsOn: [namespace] }) };
    const secrets = pullSecretsOf(args);
    this.pullSecrets = secrets.map((secret) => secret.name);
    const imagePullSecrets =
      secrets.length === 0 ? {} : { imagePullSecrets: secrets.map((secret) => ({ name: secret.name })) };
    const metadata = { name: args.serviceAccount, namespace: args.namespace, ...labels };
    const account = new ServiceAccount(`${name}-account`, { metadata, ...imagePullSecrets }, inside);
    let made: Resource = account;
    if (args.how === "token-generator") {
      const own = { name: args.objectName, namespace: args.namespace, annotations: identityOf(args), ...labels };
      made = new ServiceAccount(`${name}-generator-account`, { metadata: own }, inside);
    }
    for (const { name: secret, objects } of secrets) {
      for (const { role, apiVersion, kind, spec } of objects) {
        const its = { name: secret, namespace: args.namespace, ...labels };
        made = new CustomResource(
          `${name}-${secret === args.objectName ? "" : `${secret.slice(args.objectName.length + 1)}-`}${role}`,
          { apiVersion, kind, metadata: its, spec },
          { parent: this, dependsOn: [made] },
        );
      }
    }
    this.registerOutputs({ pullSecrets: this.pullSecrets });
  }
}

/** Who the generator logs in as, as the clusters of each provider read it. Sources: Amazon EKS, IRSA; Google Kubernetes Engine. */
const identityOf = ({ identity }: { identity: string }): Record<string, string> =>
  identity.startsWith("arn:")
    ? { "eks.amazonaws.com/role-arn": identity }
    : { "iam.gke.io/gcp-service-account": identity };

/** A custom resource to be made. */
interface PullObject {
  role: string;
  apiVersion: string;
  kind: string;
  spec: Record<string, unknown>;
}

/** A pull secret, and what keeps it; nothing does where it is there already. */
export interface PullSecret {
  name: string;
  objects: readonly PullObject[];
}

/** The pull secrets of a plan, in the order in which what keeps them is made. */
export function pullSecretsOf(args: RegistryPullPlan): PullSecret[] {
  const { objectName } = args;
  switch (args.how) {
    case "node-identity":
      return [];
    case "stored-secret":
      return [{ name: args.secret, objects: [] }];
    case "vault-secret": {
      const logins = args.logins.map((login, at) => ({ ...login, secretKey: `login${at}` }));
      const hosts = logins.map(({ host, username, secretKey }) => ({ host: loginKey(host), username, key: secretKey }));
      const data = logins.map(({ secretKey, key, property }) => ({
        secretKey,
        remoteRef: { key, ...(property === undefined ? {} : { property }) },
      }));
      const spec = { refreshInterval: "1h", secretStoreRef: args.store, target: targetOf(objectName, hosts), data };
      return [{ name: objectName, objects: [externalSecret(spec)] }];
    }
    case "token-generator":
      return args.registries.map((registry, at) => {
        const name = at === 0 ? objectName : `${objectName}-${at + 1}`;
        return { name, objects: generated(registry, name, objectName) };
      });
  }
}

/** What a login file calls a host: of Docker Hub an address of old. Source: Kubernetes, pkg/credentialprovider/keyring.go. */
const loginKey = (host: string): string =>
  /^(?:docker\.io|index\.docker\.io|registry-1\.docker\.io)$/.test(host) ? "https://index.docker.io/v1/" : host;

const externalSecret = (spec: Record<string, unknown>): PullObject => ({
  ...{ role: "secret", apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", spec },
});

const targetOf = (name: string, hosts: Parameters<typeof pullSecretTemplate>[0]) => ({
  ...{ name, creationPolicy: "Owner", deletionPolicy: "Delete" },
  template: {
    type: "kubernetes.io/dockerconfigjson",
    engineVersion: "v2",
    data: { ".dockerconfigjson": pullSecretTemplate(hosts) },
  },
});

const GENERATORS = "generators.external-secrets.io/v1alpha1";

/**
 * A generator of tokens, and the secret that is made of them. A token of ECR is valid for twelve hours, one of Google's for an
 * hour.
 *
 * @param account that the generator logs in by
 */
function generated(registry: TokenRegistry, name: string, account: string): PullObject[] {
  const serviceAccountRef = { name: account };
  const isEcr = registry.kind === "ecr";
  const spec = isEcr
    ? { region: registry.region, auth: { jwt: { serviceAccountRef } } }
    : {
        projectID: registry.project,
        auth: {
          workloadIdentity: {
            clusterLocation: registry.cluster.location,
            clusterName: registry.cluster.name,
            clusterProjectID: registry.cluster.project,
            serviceAccountRef,
          },
        },
      };
  const kind = isEcr ? "ECRAuthorizationToken" : "GCRAccessToken";
  const username = isEcr ? "AWS" : "oauth2accesstoken";
  const secret = {
    refreshInterval: isEcr ? "1h" : "30m",
    target: targetOf(name, [{ host: registry.host, username, key: "password" }]),
    dataFrom: [{ sourceRef: { generatorRef: { apiVersion: GENERATORS, kind, name } } }],
  };
  return [{ role: "generator", apiVersion: GENERATORS, kind, spec }, externalSecret(secret)];
}
