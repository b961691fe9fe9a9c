import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { limiter } from "../base/limit";
import { quoted } from "../base/text/quote";
import { type AskedImage, parseAsked, parseRunning, type RunningImage } from "./imageNames";
import { type Cluster, NoSuchObjectError, type ReadPath } from "./kubectl";
import { listAll } from "./listAll";
import { type Metadata, type Pod, podSchema, type PodSpec, type Workload, workloadSchema } from "./objects";

/** What starts a pod, as people know it: a Deployment rather than its ReplicaSet, a CronJob rather than its Job. */
export interface WorkloadName {
  namespace: string;
  kind: string;
  name: string;
}

/** A container or a volume with its image, of a pod or of a template. */
interface ImageUse {
  cluster: string;
  workload: WorkloadName;
  /** Its name; that of the volume where the role is one. */
  container: string;
  role: "container" | "init" | "ephemeral" | "volume";
  /** As the spec has it. */
  image: string;
  /** What the spec asks for; absent where no runtime could pull it. */
  asked?: AskedImage;
}

/** A container of a pod. */
export interface PodContainer extends ImageUse {
  pod: string;
  /** `ended`: it ran, and does not begin again in this pod. */
  state: "running" | "waiting" | "ended";
  /** True where it runs and takes part in its workload. */
  ready: boolean;
  /** What the runtime says; absent where it has not begun, or its runtime names no digest. */
  runs?: RunningImage;
  /** Why it does not run: reason and message of the cluster. */
  why?: string;
}

/** A container that a workload would start. */
export interface TemplateContainer extends ImageUse {
  /** Pods that are wanted now; 0 for a CronJob, and for what is kept to go back to. */
  wanted: number;
  /** True where the controller has taken up what the workload says. */
  observed: boolean;
  /** True for an earlier ReplicaSet of its workload: nothing starts it but going back. */
  earlier: boolean;
}

/** What a cluster runs, and would run. */
export interface ClusterImages {
  cluster: string;
  pods: readonly PodContainer[];
  templates: readonly TemplateContainer[];
}

/** Lists asked for at a time: a cluster serves other people too. */
const PARALLEL = 4;

/** Kinds that start pods, and where they are listed. */
const WORKLOADS = [
  { kind: "Deployment", path: "/apis/apps/v1", plural: "deployments" },
  { kind: "StatefulSet", path: "/apis/apps/v1", plural: "statefulsets" },
  { kind: "DaemonSet", path: "/apis/apps/v1", plural: "daemonsets" },
  { kind: "ReplicaSet", path: "/apis/apps/v1", plural: "replicasets" },
  { kind: "CronJob", path: "/apis/batch/v1", plural: "cronjobs" },
  { kind: "Job", path: "/apis/batch/v1", plural: "jobs" },
  { kind: "ReplicationController", path: "/api/v1", plural: "replicationcontrollers" },
] as const;

/** A workload with its kind, which the items of a list do not name. */
interface Known {
  kind: string;
  object: Workload;
}

/**
 * Reads what a cluster runs: containers of all pods, init and ephemeral ones too, and those of the templates of workloads,
 * also where no pod runs now.
 *
 * @param namespaces to read; the whole cluster where there are none
 * @param page objects of one answer; default 500
 * @throws DualRegistryError CONFIG_INVALID for a namespace that is not there, CLUSTER_AUTH, CLUSTER_UNAVAILABLE,
 *   CONTENT_INVALID
 */
export async function readCluster(
  { name, read }: Cluster,
  { namespaces = [], page }: { namespaces?: readonly string[]; page?: number } = {},
): Promise<ClusterImages> {
  const where = `Cluster ${quoted(name)}`;
  const run = limiter(PARALLEL);
  const places = namespaces.length === 0 ? [""] : namespaces.map((each) => `/namespaces/${encodeURIComponent(each)}`);
  const listed = <T>(path: string, plural: string, schema: Parameters<typeof listAll<T>>[2]["schema"]) =>
    Promise.all(
      places.map((place) =>
        run(() => listAll(read, `${path}${place}/${plural}`, { where, schema, ...defined({ page }) })),
      ),
    ).then((lists) => lists.flat());
  // A list of a namespace that is not there is empty, as that of one in which nothing runs.
  await Promise.all(namespaces.map((each) => run(() => demandNamespace(read, each, where))));
  // Pods come last: a workload that is read before its pods has none that is not known.
  const workloads = (
    await Promise.all(
      WORKLOADS.map(async ({ kind, path, plural }) =>
        (await listed(path, plural, workloadSchema)).map((object): Known => ({ kind, object })),
      ),
    )
  ).flat();
  const pods = await listed("/api/v1", "pods", podSchema);
  const owners = new Map(workloads.map((known) => [keyOf(known.kind, known.object.metadata), known]));
  return {
    cluster: name,
    pods: pods.flatMap((pod) => containersOf(pod, { cluster: name, owners })),
    templates: workloads.flatMap((known) => templatesOf(known, { cluster: name, owners })),
  };
}

async function demandNamespace(read: ReadPath, namespace: string, where: string): Promise<void> {
  try {
    await read(`/api/v1/namespaces/${encodeURIComponent(namespace)}`);
  } catch (error) {
    if (!(error instanceof NoSuchObjectError)) throw error;
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `${where}: --namespace ${quoted(namespace)} is not there; allowed: what kubectl get namespaces lists`,
    );
  }
}

const keyOf = (kind: string, { namespace, name }: { namespace?: string | null | undefined; name: string }): string =>
  `${namespace ?? ""}/${kind}/${name}`;

/** Where a container belongs. */
interface Surroundings {
  cluster: string;
  owners: ReadonlyMap<string, Known>;
}

/** The workload at the end of the owners of an object: two levels are usual, and no more are followed. */
function workloadOf(kind: string, metadata: Metadata, { owners }: Surroundings): WorkloadName {
  const namespace = metadata.namespace ?? "";
  let found = { kind, name: metadata.name };
  let of = metadata;
  for (let level = 0; level < 4; level += 1) {
    const owner = of.ownerReferences.find(({ controller }) => controller === true);
    if (owner === undefined) break;
    found = { kind: owner.kind, name: owner.name };
    const known = owners.get(keyOf(owner.kind, { namespace, name: owner.name }));
    if (known === undefined) break;
    of = known.object.metadata;
  }
  return { namespace, ...found };
}

const ROLES = [
  { role: "container", specs: "containers", statuses: "containerStatuses" },
  { role: "init", specs: "initContainers", statuses: "initContainerStatuses" },
  { role: "ephemeral", specs: "ephemeralContainers", statuses: "ephemeralContainerStatuses" },
] as const;

/** A container or an image volume of a spec, with what it asks for. */
function* usesOf(spec: PodSpec): Generator<Pick<ImageUse, "container" | "role" | "image" | "asked">> {
  for (const { role, specs } of ROLES) {
    for (const { name, image } of spec[specs]) {
      yield { container: name, role, image: image ?? "", ...defined({ asked: parseAsked(image ?? "") }) };
    }
  }
  for (const { name, image } of spec.volumes) {
    // What stands in none may come from whoever admits the pod: it is asked for by a name that nobody knows.
    const reference = image?.reference ?? "";
    if (image)
      yield { container: name, role: "volume", image: reference, ...defined({ asked: parseAsked(reference) }) };
  }
}

function containersOf(pod: Pod, around: Surroundings): PodContainer[] {
  const workload = workloadOf("Pod", pod.metadata, around);
  const over = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  return [...usesOf(pod.spec)].map((use): PodContainer => {
    if (use.role === "volume") {
      const place = { cluster: around.cluster, workload, pod: pod.metadata.name };
      return { ...place, ...use, ...volumeOf(pod, use.container, over) };
    }
    const { statuses } = ROLES.find(({ role }) => role === use.role) ?? ROLES[0];
    const status = pod.status?.[statuses].find(({ name }) => name === use.container);
    const { running, waiting, terminated } = status?.state ?? {};
    const state = running ? "running" : over || terminated ? "ended" : "waiting";
    const runs = status?.imageID ? parseRunning(status.imageID) : undefined;
    const reason = waiting ?? unscheduled(pod);
    const why = state === "waiting" && reason ? [reason.reason, reason.message].filter(Boolean).join(": ") : undefined;
    return {
      ...{ cluster: around.cluster, workload, pod: pod.metadata.name, ...use, state },
      ready: running != null && status?.ready === true,
      ...defined({ runs, why }),
    };
  });
}

/** An image volume is mounted where a container of its pod has begun; what it holds, the mounts of containers say. */
function volumeOf({ status }: Pod, name: string, over: boolean): Pick<PodContainer, "state" | "ready" | "runs"> {
  const statuses = ROLES.flatMap((role) => status?.[role.statuses] ?? []);
  const mounts = statuses.flatMap(({ volumeMounts }) => volumeMounts).filter((mount) => mount.name === name);
  const [imageRef] = mounts.flatMap(({ volumeStatus }) => volumeStatus?.image?.imageRef ?? []);
  const begun = statuses.some(({ state }) => state?.running != null);
  const state = over ? "ended" : begun ? "running" : "waiting";
  return { state, ready: begun && !over, ...defined({ runs: imageRef ? parseRunning(imageRef) : undefined }) };
}

/** Why a pod has no node, or is not taken by it. */
function unscheduled({
  status,
}: Pod): { reason?: string | null | undefined; message?: string | null | undefined } | undefined {
  const condition = status?.conditions.find(({ type, status: is }) => type === "PodScheduled" && is === "False");
  return condition ?? (status?.reason ? status : undefined);
}

function templatesOf({ kind, object }: Known, around: Surroundings): TemplateContainer[] {
  const { metadata, spec, status } = object;
  const template = spec.template ?? spec.jobTemplate?.spec.template;
  const owned = metadata.ownerReferences.some(({ controller }) => controller === true);
  const over =
    kind === "Job" &&
    (status?.conditions ?? []).some(({ type, status: is }) => /^(?:Complete|Failed)$/.test(type) && is === "True");
  // What a Deployment's ReplicaSet of now starts, and a CronJob's Job, stands in their own template too.
  if (!template || over || (owned && (kind !== "ReplicaSet" || (spec.replicas ?? 1) > 0))) return [];
  const workload = workloadOf(kind, metadata, around);
  const wanted =
    kind === "DaemonSet" ? (status?.desiredNumberScheduled ?? 0) : REPLICATED.has(kind) ? (spec.replicas ?? 1) : 0;
  const observed = !OBSERVED.has(kind) || (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return [...usesOf(template.spec)].map((use) => ({
    ...{ cluster: around.cluster, workload, ...use, wanted, observed },
    earlier: owned,
  }));
}

/** Kinds that keep a number of pods, 1 where nothing is said. */
const REPLICATED: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"]);
/** Kinds whose status says which generation of the spec it is of. */
const OBSERVED: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** The digest that a container runs, as known by its runtime, or as its spec claims. */
export function digestOf(use: PodContainer | TemplateContainer): { digest: Digest; known: boolean } | undefined {
  if ("runs" in use) return { digest: use.runs.digest, known: true };
  return use.asked?.digest === undefined ? undefined : { digest: use.asked.digest, known: false };
}

/** Host and path of a container's image: of its runtime where it says one. */
export const repositoryOf = (use: PodContainer | TemplateContainer): string | undefined =>
  ("runs" in use ? use.runs.repository : undefined) ?? use.asked?.repository;

/** Images that are no addresses: no runtime can pull them, so nothing of them runs. For people. */
export function unreadableImages({ cluster, pods, templates }: ClusterImages): string[] {
  const odd = [...pods, ...templates].filter((use) => use.asked === undefined && digestOf(use) === undefined);
  const lines = odd.map(({ workload: { namespace, kind, name }, image }) => {
    const who = `${kind} ${quoted(`${namespace}/${name}`)} in ${quoted(cluster)}`;
    return `${who}: image ${quoted(image)} is not an image's address, so nothing of it can run`;
  });
  return [...new Set(lines)];
}
