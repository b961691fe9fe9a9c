/** A container of a pod or a template. */
export interface Container {
  name?: string;
  image: string;
}

interface Template {
  containers: readonly Container[];
  initContainers?: readonly Container[];
}

const named = (list: readonly Container[], prefix: string) =>
  list.map(({ name, image }, at) => ({ name: name ?? `${prefix}${at}`, image }));

const specOf = ({ containers, initContainers = [] }: Template) => ({
  containers: named(containers, "c"),
  initContainers: named(initContainers, "init"),
});

/** Who controls an object, as its `ownerReferences` name it. */
export interface Owner {
  apiVersion: string;
  kind: string;
  name: string;
}

const owned = (owner?: Owner) =>
  owner && { ownerReferences: [{ ...owner, uid: "00000000-0000-4000-8000-000000000001", controller: true }] };

/** A pod as it is created; an API server gives it no status. */
export const pod = (name: string, template: Template, owner?: Owner) => ({
  ...{ apiVersion: "v1", kind: "Pod" },
  metadata: { name, labels: { app: name }, ...owned(owner) },
  spec: specOf(template),
});

/** A workload that keeps a number of pods. */
export const replicated = (
  kind: "Deployment" | "ReplicaSet" | "StatefulSet",
  name: string,
  replicas: number,
  template: Template,
  owner?: Owner,
) => ({
  ...{ apiVersion: "apps/v1", kind },
  metadata: { name, ...owned(owner) },
  spec: {
    ...{ replicas, selector: { matchLabels: { app: name } } },
    ...(kind === "StatefulSet" ? { serviceName: name } : {}),
    template: { metadata: { labels: { app: name } }, spec: specOf(template) },
  },
});

/** A workload that begins at its times. */
export const cronJob = (name: string, template: Template) => ({
  ...{ apiVersion: "batch/v1", kind: "CronJob" },
  metadata: { name },
  spec: {
    schedule: "0 3 * * *",
    jobTemplate: { spec: { template: { spec: { ...specOf(template), restartPolicy: "Never" } } } },
  },
});

/** Status of a container that runs, as containerd has it. */
export const running = (name: string, imageID: string, ready = true) => ({
  ...{ name, image: imageID.split("@")[0] ?? "", imageID, ready, restartCount: 0 },
  state: { running: { startedAt: "2026-11-01T10:00:00Z" } },
});

/** Status of a container that cannot begin. */
export const waiting = (name: string, image: string, reason: string, message: string) => ({
  ...{ name, image, imageID: "", ready: false, restartCount: 0 },
  state: { waiting: { reason, message } },
});

/** Status of a container that is over. */
export const ended = (name: string, imageID: string) => ({
  ...{ name, image: imageID.split("@")[0] ?? "", imageID, ready: false, restartCount: 0 },
  state: {
    terminated: {
      exitCode: 0,
      reason: "Completed",
      startedAt: "2026-11-01T10:00:00Z",
      finishedAt: "2026-11-01T10:00:01Z",
    },
  },
});

/** A role that reads the given resources, and its binding to a user. Source: rbac.authorization.k8s.io/v1. */
export const readerOf = (
  user: string,
  rules: readonly { apiGroups: readonly string[]; resources: readonly string[] }[],
) => ({
  role: {
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "reader" } },
    rules: rules.map((rule) => ({ ...rule, verbs: ["get", "list"] })),
  },
  binding: {
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "reader" } },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
  },
});
