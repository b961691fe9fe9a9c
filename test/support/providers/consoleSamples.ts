import { AZURE } from "./azureTypes";
import { KUBERNETES } from "./kubernetesIds";
import { IDENTITY_ID } from "./sampleIds";
import type { PlainFields, Value } from "./values";

const object = (apiVersion: string, kind: string) => ({
  ...{ apiVersion, kind, metadata: { name: "console", namespace: "shop" } },
});
const selector = { matchLabels: { app: "console" } };
const image = "ordersqasecure.azurecr.io/orders/console@sha256:0";
const environmentId =
  "/subscriptions/00000000-0000-0000-0000-0000000000a1/resourceGroups/rg-apps/providers/Microsoft.App/managedEnvironments/apps";

/** Inputs of the types that a console is made of. */
export const CONSOLE_SAMPLES: Readonly<Record<string, PlainFields>> = {
  [KUBERNETES.deployment]: {
    ...object("apps/v1", "Deployment"),
    spec: {
      replicas: 2,
      selector,
      template: { metadata: { labels: selector.matchLabels }, spec: { containers: [{ name: "console", image }] } },
    },
  },
  [KUBERNETES.service]: {
    ...object("v1", "Service"),
    spec: {
      clusterIP: "10.0.0.1",
      selector: selector.matchLabels,
      ports: [{ name: "http", port: 80, targetPort: "http" }],
    },
  },
  [KUBERNETES.ingress]: { ...object("networking.k8s.io/v1", "Ingress"), spec: { ingressClassName: "nginx" } },
  [KUBERNETES.httpRoute]: {
    ...object("gateway.networking.k8s.io/v1", "HTTPRoute"),
    spec: { hostnames: ["console.company.com"], parentRefs: [{ name: "public" }] },
  },
  [KUBERNETES.networkPolicy]: {
    ...object("networking.k8s.io/v1", "NetworkPolicy"),
    spec: { podSelector: selector, policyTypes: ["Ingress"] },
  },
  [KUBERNETES.disruptionBudget]: {
    ...object("policy/v1", "PodDisruptionBudget"),
    spec: { maxUnavailable: 1, selector },
  },
  [AZURE.containerApp]: {
    ...{ resourceGroupName: "rg-orders", containerAppName: "orders-qa-console", location: "westeurope", environmentId },
    identity: { type: "UserAssigned", userAssignedIdentities: [IDENTITY_ID] },
    configuration: { ingress: { external: true, targetPort: 8080 } },
    template: { containers: [{ name: "console", image }] },
  },
};

/** What each of them needs to be there before it. */
export const CONSOLE_NEEDS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [KUBERNETES.deployment, KUBERNETES.service, KUBERNETES.ingress, KUBERNETES.httpRoute].map((type) => [
      type,
      [KUBERNETES.namespace],
    ]),
  ),
  [KUBERNETES.networkPolicy]: [KUBERNETES.namespace],
  [KUBERNETES.disruptionBudget]: [KUBERNETES.namespace],
  [AZURE.containerApp]: [AZURE.group, AZURE.identity],
};

/** A sample's specification with some of it changed. */
const spec = (type: string, over: PlainFields): readonly [name: string, value: Value] => [
  "spec",
  { ...(CONSOLE_SAMPLES[type]?.["spec"] as PlainFields), ...over },
];

/** A change of each of them that is made in place. */
export const CONSOLE_UPDATES: Readonly<Record<string, readonly [name: string, value: Value]>> = {
  [KUBERNETES.deployment]: spec(KUBERNETES.deployment, { replicas: 3 }),
  [KUBERNETES.service]: spec(KUBERNETES.service, { selector: { app: "other" } }),
  [KUBERNETES.ingress]: spec(KUBERNETES.ingress, { ingressClassName: "traefik" }),
  [KUBERNETES.httpRoute]: spec(KUBERNETES.httpRoute, { hostnames: ["other.company.com"] }),
  [KUBERNETES.networkPolicy]: spec(KUBERNETES.networkPolicy, { policyTypes: ["Ingress", "Egress"] }),
  [KUBERNETES.disruptionBudget]: spec(KUBERNETES.disruptionBudget, { maxUnavailable: 2 }),
  [AZURE.containerApp]: ["tags", { stage: "qa" }],
};
