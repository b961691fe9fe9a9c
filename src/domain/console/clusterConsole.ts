import { defined } from "../../base/defined";
import type { Stage } from "../stage";
import { objectLabels } from "../cluster/clusterObject";
import { mountedObjects } from "../cluster/mountedObjects";
import { CONSOLE_DATA, CONSOLE_PORT, CONSOLE_SECRETS, type ClusterConsolePlan } from "./planConsole";

/** What only the cloud knows of a console in a cluster. @typeParam T text, or what becomes text */
export interface ConsoleAnswers<T> {
  /** The whole reference of its image, by digest. */
  image: T;
  /** The identity that it logs in as; absent where the plan has none. */
  identity?: { clientId: T; tenantId: T };
}

/** Whose console it is, and where its registries listen. */
export interface ConsolePlace {
  product: string;
  stage: Stage;
  /** Ports of its registries: 443, and those that hosts of named registries say. */
  ports: readonly number[];
}

/** The user that the image's own user is, without a name: a cluster can tell that it is not root. */
const USER = 65532;
const PORT_NAME = "http";
const SERVICE_PORT = 80;
const READABLE_BY_GROUP = 0o440;

const HEALTH = "/healthz";
const READY = "/readyz";

/** Kubernetes' own label of a namespace, which nobody else can set. */
const NAMESPACE_NAME = "kubernetes.io/metadata.name";

/** Labels by which a console's pods are chosen; they never change, since a Deployment's selector cannot. */
const selectorOf = ({ name }: ClusterConsolePlan, { stage }: ConsolePlace) => ({
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/instance": stage,
  "app.kubernetes.io/component": "console",
});

/**
 * The objects that a console in a cluster is, as Kubernetes' API takes them: pods that pass Pod Security "restricted", an
 * account without a token of the API, a service, a route, a policy of what may connect and where to, and a budget where
 * there are replicas to spare. Pure, and generic in what the cloud knows, so that a preview shows all the rest.
 *
 * Sources: Kubernetes, "Pod Security Standards"; Gateway API, HTTPRoute; Secrets Store CSI driver, SecretProviderClass;
 * Azure Workload Identity, "Labels and annotations".
 */
export function consoleObjects<T>(plan: ClusterConsolePlan, place: ConsolePlace, answers: ConsoleAnswers<T>) {
  const { name, namespace } = plan;
  const selector = selectorOf(plan, place);
  const labels: Record<string, string> = { ...objectLabels(place.product, place.stage), ...selector };
  const metadata = { name, namespace, labels };
  return {
    ...defined({ namespace: plan.createNamespace ? restrictedNamespace(namespace, labels) : undefined }),
    serviceAccount: serviceAccount(plan, metadata, answers),
    ...defined({ secretProviderClass: secretProviderClass(plan, metadata, answers) }),
    networkPolicy: networkPolicy(plan, metadata, selector, place.ports),
    deployment: deployment(plan, metadata, selector, answers),
    service: {
      ...{ apiVersion: "v1" as const, kind: "Service" as const, metadata },
      spec: { selector, ports: [{ name: PORT_NAME, port: SERVICE_PORT, targetPort: PORT_NAME }] },
    },
    ...routeOf(plan, metadata),
    ...defined({
      disruptionBudget:
        plan.replicas < 2
          ? undefined
          : {
              ...{ apiVersion: "policy/v1" as const, kind: "PodDisruptionBudget" as const, metadata },
              spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
            },
    }),
  };
}

interface Metadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
}

/** A namespace whose pods are held to Pod Security "restricted". */
const restrictedNamespace = (name: string, labels: Record<string, string>) => ({
  ...{ apiVersion: "v1" as const, kind: "Namespace" as const },
  metadata: { name, labels: { ...labels, "pod-security.kubernetes.io/enforce": "restricted" } },
});

/** Who the console is: to the vault, by the first two annotations; to its registry, by those of the kubelet's provider. */
function serviceAccount<T>(
  { pull }: ClusterConsolePlan,
  { name, namespace, labels }: Metadata,
  { identity }: ConsoleAnswers<T>,
) {
  const annotations: Record<string, T> | undefined =
    identity === undefined
      ? undefined
      : {
          "azure.workload.identity/client-id": identity.clientId,
          "azure.workload.identity/tenant-id": identity.tenantId,
          ...(pull.how === "workload-identity"
            ? {
                "kubernetes.azure.com/acr-client-id": identity.clientId,
                "kubernetes.azure.com/acr-tenant-id": identity.tenantId,
              }
            : {}),
        };
  return {
    ...{ apiVersion: "v1" as const, kind: "ServiceAccount" as const },
    metadata: { name, namespace, labels, ...defined({ annotations }) },
    automountServiceAccountToken: false,
    ...(pull.how === "stored-secret" ? { imagePullSecrets: [{ name: pull.secret }] } : {}),
  };
}

/** @returns nothing where no secret of the vault is mounted */
function secretProviderClass<T>(
  { files, vaultName }: ClusterConsolePlan,
  metadata: Metadata,
  { identity }: ConsoleAnswers<T>,
) {
  if (identity === undefined || vaultName === undefined) return undefined;
  const parameters: Record<string, T | string> = {
    usePodIdentity: "false",
    useVMManagedIdentity: "false",
    clientID: identity.clientId,
    tenantID: identity.tenantId,
    keyvaultName: vaultName,
    objects: mountedObjects(files),
  };
  return {
    ...{ apiVersion: "secrets-store.csi.x-k8s.io/v1" as const, kind: "SecretProviderClass" as const, metadata },
    spec: { provider: "azure", parameters },
  };
}

/** What may connect, and where the console may: names, its registries, the vault and the identity provider. */
const networkPolicy = (
  { from }: ClusterConsolePlan,
  metadata: Metadata,
  selector: Record<string, string>,
  ports: readonly number[],
) => ({
  ...{ apiVersion: "networking.k8s.io/v1" as const, kind: "NetworkPolicy" as const, metadata },
  spec: {
    podSelector: { matchLabels: selector },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: from.map((name) => ({ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: name } } })),
        ports: [{ protocol: "TCP", port: CONSOLE_PORT }],
      },
    ],
    egress: [
      {
        ports: [
          { protocol: "UDP", port: 53 },
          { protocol: "TCP", port: 53 },
        ],
      },
      { ports: ports.map((port) => ({ protocol: "TCP", port })) },
    ],
  },
});

const probe = (path: string, timing: { periodSeconds: number; timeoutSeconds: number; failureThreshold: number }) => ({
  httpGet: { path, port: PORT_NAME },
  ...timing,
});

/**
 * What each folder of working files may take. `/tmp` holds the index that the search works on, which has a bound of its own,
 * and Sigstore's root of trust; the other one its copy, beside which the next one is written. A kubelet evicts a pod that
 * exceeds it, so it has to be more than both.
 */
const WRITTEN = "2Gi";

/**
 * Keeps a cluster's HTTP proxy out of the pod's variables, which the console's start refuses.
 * Source: Azure Kubernetes Service, "HTTP proxy support", by annotation of the pod.
 */
const NO_PROXY_VARIABLES = { "kubernetes.azure.com/no-http-proxy-vars": "true" };

/** A container that passes Pod Security "restricted", with nothing writable but its folders of working files. */
const container = <T>({ resources: { cpu, memoryMiB } }: ClusterConsolePlan, image: T) => ({
  name: "console",
  image,
  ports: [{ name: PORT_NAME, containerPort: CONSOLE_PORT }],
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
  resources: {
    requests: { cpu: `${Math.round(cpu * 1000)}m`, memory: `${memoryMiB}Mi` },
    limits: { memory: `${memoryMiB}Mi` },
  },
  startupProbe: probe(HEALTH, { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 60 }),
  livenessProbe: probe(HEALTH, { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }),
  // It asks both registries, and remembers what they said for some seconds.
  readinessProbe: probe(READY, { periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 3 }),
  volumeMounts: [
    { name: "tmp", mountPath: "/tmp" },
    { name: "data", mountPath: CONSOLE_DATA },
    { name: "secrets", mountPath: CONSOLE_SECRETS, readOnly: true },
  ],
});

/** The folder of secrets: by the CSI driver, from a Secret, or empty where the registries ask for no login. */
function secretsVolume({ name, logins, files }: ClusterConsolePlan) {
  if (logins.from === "secret") {
    return { name: "secrets", secret: { secretName: logins.name, defaultMode: READABLE_BY_GROUP } };
  }
  if (files.length === 0) return { name: "secrets", emptyDir: {} };
  const csi = {
    ...{ driver: "secrets-store.csi.k8s.io", readOnly: true },
    volumeAttributes: { secretProviderClass: name },
  };
  return { name: "secrets", csi };
}

/** What outlives a restart of the process, and by a claim the pod. */
const dataVolume = (claimName: string | undefined) =>
  claimName === undefined
    ? { name: "data", emptyDir: { sizeLimit: WRITTEN } }
    : { name: "data", persistentVolumeClaim: { claimName } };

function deployment<T>(
  plan: ClusterConsolePlan,
  metadata: Metadata,
  selector: Record<string, string>,
  { image }: ConsoleAnswers<T>,
) {
  const { name, replicas, machineTokens, dataClaim } = plan;
  // The console asks the vault itself for machine tokens; files are mounted by the driver, without it.
  const labels = { ...metadata.labels, ...(machineTokens ? { "azure.workload.identity/use": "true" } : {}) };
  const spread = (topologyKey: string) => ({
    ...{ maxSkew: 1, topologyKey, whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: selector } },
  });
  return {
    ...{ apiVersion: "apps/v1" as const, kind: "Deployment" as const, metadata },
    spec: {
      replicas,
      revisionHistoryLimit: 3,
      // A disk that one node alone can have is free only once the pod before is gone.
      strategy:
        dataClaim === undefined
          ? { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
          : { type: "Recreate" },
      selector: { matchLabels: selector },
      template: {
        metadata: { labels, annotations: NO_PROXY_VARIABLES },
        spec: {
          serviceAccountName: name,
          automountServiceAccountToken: false,
          // A service called "registry" would set variables that the console's start refuses.
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 30,
          securityContext: {
            ...{ runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
            seccompProfile: { type: "RuntimeDefault" },
          },
          topologySpreadConstraints: [spread("kubernetes.io/hostname"), spread("topology.kubernetes.io/zone")],
          containers: [container(plan, image)],
          volumes: [{ name: "tmp", emptyDir: { sizeLimit: WRITTEN } }, dataVolume(dataClaim), secretsVolume(plan)],
        },
      },
    },
  };
}

function routeOf({ route, name, host }: ClusterConsolePlan, metadata: Metadata) {
  if (route.by === "ingress") {
    const backend = { service: { name, port: { name: PORT_NAME } } };
    const ingress = {
      ...{ apiVersion: "networking.k8s.io/v1" as const, kind: "Ingress" as const, metadata },
      spec: {
        ingressClassName: route.class,
        tls: [{ hosts: [host], secretName: route.tls }],
        rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
      },
    };
    return { ingress };
  }
  const parent = { name: route.name, namespace: route.namespace, ...defined({ sectionName: route.listener }) };
  const httpRoute = {
    ...{ apiVersion: "gateway.networking.k8s.io/v1" as const, kind: "HTTPRoute" as const, metadata },
    spec: {
      parentRefs: [parent],
      hostnames: [host],
      rules: [{ matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs: [{ name, port: SERVICE_PORT }] }],
    },
  };
  return { httpRoute };
}
