import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { terminalTable } from "../base/text/table";
import type { WorkloadName } from "./readCluster";
import { digestOf, repositoryOf } from "./readCluster";
import type { ResolvedCluster, ResolvedPod, ResolvedTemplate } from "./resolve";

/** One image at one place: the containers of a name in a workload's pods that are alike. */
export interface DeployedImage {
  cluster: string;
  workload: WorkloadName;
  container: string;
  role: "container" | "init" | "ephemeral" | "volume";
  /** `template`: no pod of it is there now; `earlier`: of a ReplicaSet that is kept to go back to. */
  state: "running" | "waiting" | "ended" | "template" | "earlier";
  /** Pods that are alike. */
  pods: number;
  /** As the spec has it. */
  image: string;
  /** Host and path; absent where neither spec nor runtime names one. */
  repository?: string;
  /** The repository of the map that it is of; absent for somebody else's image. */
  mapped?: string;
  /** What runs, or is asked for; absent where neither says. */
  digest?: Digest;
  /** True where the runtime says so; false where the spec claims it. */
  known: boolean;
  /** The index that the digest is a platform of. */
  index?: Digest;
  /** False where the stage's registry does not hold it; absent where it was not asked. */
  held?: boolean;
  /** Why it does not run. */
  why?: string;
}

/** Every image that the clusters run or would run, by cluster and workload. */
export function deployedImages(clusters: readonly ResolvedCluster[]): DeployedImage[] {
  const all = new Map<string, DeployedImage>();
  for (const { pods, templates } of clusters) {
    const live = pods.filter(({ state }) => state !== "ended");
    const idle = templates.filter(
      (one) => !live.some((pod) => placeOf(pod) === placeOf(one) && pod.image === one.image),
    );
    for (const image of [...pods.map(podImage), ...idle.map(templateImage)]) {
      const key = JSON.stringify(image);
      const alike = all.get(key);
      if (alike) alike.pods += 1;
      else all.set(key, { ...image, pods: image.state === "template" || image.state === "earlier" ? 0 : 1 });
    }
  }
  return [...all.values()].sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
}

const placeOf = ({ cluster, workload, container, role }: ResolvedPod | ResolvedTemplate | DeployedImage): string =>
  [cluster, workload.namespace, workload.kind, workload.name, role, container].join("\n");

const sortKey = (image: DeployedImage): string => [placeOf(image), image.state, image.digest ?? ""].join("\n");

const podImage = (pod: ResolvedPod): DeployedImage => ({
  ...common(pod),
  state: pod.state,
  ...defined({ why: pod.why }),
});

const templateImage = (one: ResolvedTemplate): DeployedImage => ({
  ...common(one),
  state: one.earlier ? "earlier" : "template",
});

function common(use: ResolvedPod | ResolvedTemplate): Omit<DeployedImage, "state"> {
  const { cluster, workload, container, role, image, mapped, root, held } = use;
  const said = digestOf(use);
  const digest = said?.digest ?? root;
  return {
    ...{ cluster, workload, container, role, pods: 0, image, known: said?.known === true },
    ...defined({ repository: repositoryOf(use), mapped, digest, held }),
    ...(root !== undefined && root !== digest ? { index: root } : {}),
  };
}

/** The images as a table for terminals. Of what is kept to go back to, and of pods that are over, only the number. */
export function deployedText(images: readonly DeployedImage[]): string {
  const shown = images.filter(({ state }) => state !== "earlier" && state !== "ended");
  const rest = images.length - shown.length;
  const rows = shown.map((one) => [
    one.cluster,
    `${one.workload.namespace}/${one.workload.kind}/${one.workload.name}`,
    `${one.container}${one.role === "container" ? "" : ` (${one.role})`}`,
    one.pods > 1 ? `${one.state} x${one.pods}` : one.state,
    one.mapped ?? one.repository ?? one.image,
    digestText(one),
  ]);
  const lines = terminalTable([["CLUSTER", "WORKLOAD", "CONTAINER", "STATE", "IMAGE", "DIGEST"], ...rows]);
  const more = rest > 0 ? [`${rest} more of pods that are over, and of earlier ReplicaSets: --format json`] : [];
  return [...lines, ...more, ""].join("\n");
}

function digestText({ digest, index, known, held, image, why }: DeployedImage): string {
  const what =
    digest === undefined
      ? `unknown (${image})`
      : `${index ?? digest}${index === undefined ? "" : ` (runs its ${digest})`}`;
  return [
    what,
    ...(digest !== undefined && !known ? [image.includes("@") ? "claimed by its spec" : "by its tag"] : []),
    ...(held === false ? ["not at the stage's registry"] : []),
    ...(why === undefined ? [] : [why]),
  ].join("; ");
}
