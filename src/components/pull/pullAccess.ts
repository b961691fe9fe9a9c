import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Input,
  output,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { mountedObjects } from "../../domain/cluster/mountedObjects";
import type { PullWay } from "../../domain/identity/pullAccess";
import { dependenciesOf, PACKAGE } from "../options";
import { pullSecretTemplate } from "./pullSecretTemplate";

/** A password in the vault, and the login it belongs to. */
interface PullSecretArgs {
  /** The host clients log in at. */
  host: Input<string>;
  /** Name of the token. */
  username: string;
  /** Name of the secret in the vault. */
  secretName: string;
}

/** A service account whose pods pull images. */
interface PullAccessArgs {
  /** Namespace of the account. A change replaces everything in it that is made here. */
  namespace: string;
  /**
   * Whether the namespace is made here.
   *
   * @default false: it exists
   */
  createNamespace?: boolean;
  /** Name of the account. A change replaces it. */
  serviceAccount: string;
  /** How the pods get access. */
  how: PullWay;
  /** Client id of the identity that the account logs in as. */
  clientId: Input<string>;
  /** Tenant of that identity. */
  tenantId: Input<string>;
  /**
   * The vault that holds the passwords.
   *
   * @default none, for workload-identity
   */
  vault?: { uri: Input<string>; name: string };
  /**
   * The passwords, one for each host.
   *
   * @default none, for workload-identity
   */
  secrets?: readonly PullSecretArgs[];
  /** Name of the objects beside the account. A change replaces them. */
  objectName: string;
  /**
   * Labels of every object.
   *
   * @default none
   */
  labels?: Record<string, string>;
}

/**
 * Gives the pods of one service account access to images, by what the cluster offers:
 * - `external-secrets`: External Secrets reads the passwords and keeps a pull secret of all hosts, which the account
 *   names. A rotation reaches it within an hour.
 * - `csi`: the Secrets Store driver mounts the passwords as files, for pods that log in themselves. The kubelet pulls a
 *   pod's images before it mounts anything, so no pull secret can come this way.
 * - `workload-identity`: no password. The kubelet's credential provider and the pods log in as the account's identity.
 *
 * No password passes through Pulumi: the cluster reads them from the vault.
 *
 * @example
 * new PullAccess("shop", {
 *   namespace: "shop",
 *   serviceAccount: "shop",
 *   how: "workload-identity",
 *   clientId: identity.clientId,
 *   tenantId: identity.tenantId,
 *   objectName: "orders-images",
 * });
 */
export class PullAccess extends ComponentResource {
  /** Name of the pull secret that pods of other accounts may name too; absent where there is none. */
  readonly pullSecret?: string;

  constructor(name: string, args: PullAccessArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:PullAccess`, name, undefined, options);
    const outer = dependenciesOf(options);
    const namespace = args.createNamespace === true ? this.makeNamespace(name, args, outer) : undefined;
    const inside = { parent: this, ...(namespace === undefined ? outer : { dependsOn: [namespace] }) };
    if (args.how === "external-secrets") this.pullSecret = args.objectName;
    const account = this.makeAccount(name, args, inside);
    if (args.how === "external-secrets") this.syncSecret(name, args, account);
    if (args.how === "csi") this.mountSecret(name, args, account);
    this.registerOutputs({ pullSecret: this.pullSecret });
  }

  private makeNamespace(name: string, args: PullAccessArgs, outer: CustomResourceOptions): Namespace {
    const metadata = { name: args.namespace, ...labelled(args) };
    return new Namespace(`${name}-namespace`, { metadata }, { parent: this, ...outer });
  }

  /** Both names of the identity: that of pods, and that of the kubelet, which pulls for them. */
  private makeAccount(name: string, args: PullAccessArgs, inside: CustomResourceOptions): ServiceAccount {
    const { clientId, tenantId } = args;
    const annotations = {
      "azure.workload.identity/client-id": clientId,
      "azure.workload.identity/tenant-id": tenantId,
      ...(args.how === "workload-identity"
        ? { "kubernetes.azure.com/acr-client-id": clientId, "kubernetes.azure.com/acr-tenant-id": tenantId }
        : {}),
    };
    const metadata = { name: args.serviceAccount, namespace: args.namespace, annotations, ...labelled(args) };
    const pullSecrets = this.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: this.pullSecret }] };
    return new ServiceAccount(`${name}-account`, { metadata, ...pullSecrets }, inside);
  }

  private syncSecret(name: string, args: PullAccessArgs, account: ServiceAccount): void {
    const { secrets = [], objectName } = args;
    const store = this.makeObject(name, "store", args, ["external-secrets.io/v1", "SecretStore"], [account], {
      provider: {
        azurekv: {
          authType: "WorkloadIdentity",
          vaultUrl: uriOf(args),
          tenantId: args.tenantId,
          serviceAccountRef: { name: args.serviceAccount },
        },
      },
    });
    const template = all(secrets.map(({ host }) => output(host))).apply((hosts) =>
      pullSecretTemplate(secrets.map(({ username }, at) => ({ host: hosts[at] ?? "", username, key: secretKey(at) }))),
    );
    this.makeObject(name, "secret", args, ["external-secrets.io/v1", "ExternalSecret"], [store], {
      refreshInterval: "1h",
      secretStoreRef: { name: objectName, kind: "SecretStore" },
      target: {
        name: objectName,
        creationPolicy: "Owner",
        deletionPolicy: "Delete",
        template: {
          type: "kubernetes.io/dockerconfigjson",
          engineVersion: "v2",
          data: { ".dockerconfigjson": template },
        },
      },
      data: secrets.map(({ secretName }, at) => ({ secretKey: secretKey(at), remoteRef: { key: secretName } })),
    });
  }

  private mountSecret(name: string, args: PullAccessArgs, account: ServiceAccount): void {
    const { secrets = [], clientId, tenantId, vault } = args;
    const type = ["secrets-store.csi.x-k8s.io/v1", "SecretProviderClass"] as const;
    this.makeObject(name, "class", args, type, [account], {
      provider: "azure",
      parameters: {
        usePodIdentity: "false",
        useVMManagedIdentity: "false",
        clientID: clientId,
        tenantID: tenantId,
        keyvaultName: vault?.name ?? "",
        objects: mountedObjects(secrets),
      },
    });
  }

  private makeObject(
    name: string,
    role: string,
    args: PullAccessArgs,
    [apiVersion, kind]: readonly [string, string],
    dependsOn: Resource[],
    spec: Record<string, unknown>,
  ): CustomResource {
    const metadata = { name: args.objectName, namespace: args.namespace, ...labelled(args) };
    return new CustomResource(`${name}-${role}`, { apiVersion, kind, metadata, spec }, { parent: this, dependsOn });
  }
}

/** Without the final `/`, as in the operator's own examples. */
const uriOf = ({ vault }: PullAccessArgs): Output<string> =>
  output(vault?.uri ?? "").apply((uri) => uri.replace(/\/$/, ""));

const labelled = ({ labels }: PullAccessArgs) => (labels === undefined ? {} : { labels });

/** `login0`: key of a password in a template, by its place in the list. */
const secretKey = (at: number): string => `login${at}`;
