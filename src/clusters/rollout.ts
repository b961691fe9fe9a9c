import type { Digest } from "../base/digest";
import { DualRegistryError, type ErrorCode } from "../base/errors";
import { quoted } from "../base/text/quote";
import { mappedOf, type ResolvedCluster, type ResolvedPod, type ResolvedTemplate } from "./resolve";
import { repositoryOf } from "./readCluster";

/** An image that is to run, and no other of its repository. */
export interface ExpectedImage {
  /** Path of the repository, as the map of images has it; a host may stand in front. */
  repository: string;
  digest: Digest;
}

/** How images are told apart, and what counts as running. */
export interface RolloutOptions {
  /** Repositories of the map: an image is of the longest that fits its name, and of no other. */
  map?: readonly string[];
  /** Takes a workload that would start the image, where no pod runs it: scaled to none, or at its times. */
  allowIdle?: boolean;
}

/**
 * What stands between clusters and the images that are expected: nothing where each cluster runs each of them, ready, in as
 * many pods as are wanted and in one at least, no pod runs another image of the repository, and no workload would start
 * another one.
 *
 * @returns a line for each thing that is missing, for people; empty where all is as expected
 */
export function missingFrom(
  clusters: readonly ResolvedCluster[],
  expected: readonly ExpectedImage[],
  { map = [], allowIdle = false }: RolloutOptions = {},
): string[] {
  const known = [...new Set([...map, ...expected.map(({ repository }) => repository)])];
  return clusters.flatMap((cluster) => expected.flatMap((image) => missingIn(cluster, image, known, allowIdle)));
}

function missingIn(
  { cluster, pods, templates }: ResolvedCluster,
  { repository, digest }: ExpectedImage,
  known: readonly string[],
  allowIdle: boolean,
): string[] {
  const isOurs = (use: ResolvedPod | ResolvedTemplate) =>
    use.role !== "ephemeral" && mappedOf(repositoryOf(use), known) === repository;
  const live = pods.filter((pod) => isOurs(pod) && isLive(pod, pods));
  const wanting = templates.filter((template) => isOurs(template) && !template.earlier);
  const at = (what: string) => `${quoted(cluster)}: ${what}`;
  if (live.length === 0 && wanting.length === 0) return [at(`no pod and no workload names ${repository}`)];
  const idle =
    live.length === 0 && !allowIdle
      ? [`no pod runs ${repository}, and ${wanting.length} containers of workloads would: --allow-idle takes these`]
      : [];
  return [
    ...new Set([
      ...idle,
      ...live.flatMap((pod) => podMissing(pod, digest)),
      ...wanting.flatMap((template) => templateMissing(template, digest, live)),
    ]),
  ].map(at);
}

/** A container of a pod that is not over: an init container has ended in a pod that runs. */
const isLive = (one: ResolvedPod, pods: readonly ResolvedPod[]): boolean =>
  one.state !== "ended" ||
  (one.role === "init" &&
    pods.some(
      ({ pod, workload, role, state }) =>
        pod === one.pod && workload.namespace === one.workload.namespace && role === "container" && state !== "ended",
    ));

function podMissing(one: ResolvedPod, digest: Digest): string[] {
  const who = `pod ${quoted(`${one.workload.namespace}/${one.pod}`)}, container ${quoted(one.container)}`;
  if (one.root !== undefined && one.root !== digest) {
    return [`${who} ${one.state === "running" ? "runs" : "is of"} ${one.root}, not ${digest}`];
  }
  if (one.state === "waiting") return [`${who} does not run yet: ${quoted(one.why ?? "no reason is given", 500)}`];
  // A volume holds what its spec names by digest, also where its runtime says nothing.
  if (one.runs === undefined && (one.role !== "volume" || one.root === undefined))
    return [`${who} runs, and its runtime names no digest`];
  if (one.role === "container" && !one.ready) return [`${who} runs, and is not ready`];
  return [];
}

function templateMissing(one: ResolvedTemplate, digest: Digest, live: readonly ResolvedPod[]): string[] {
  const { workload } = one;
  const who = `${workload.kind} ${quoted(`${workload.namespace}/${workload.name}`)}, container ${quoted(one.container)}`;
  if (!one.observed) return [`${who}: its controller has not taken up the last change`];
  if (one.root === undefined) {
    const tells = live.some((pod) => isOf(pod, one));
    return tells ? [] : [`${who} names ${quoted(one.image)}, and no pod of it says which digest that is`];
  }
  if (one.asked?.digest !== undefined && one.root !== digest) return [`${who} names ${one.root}, not ${digest}`];
  if (one.asked?.digest === undefined && one.wanted === 0 && one.root !== digest) {
    return [`${who} names ${quoted(one.image)}, which is ${one.root} now, not ${digest}`];
  }
  const runs = live.filter((pod) => isOf(pod, one)).length;
  return runs < one.wanted ? [`${who}: ${runs} of ${one.wanted} pods are there`] : [];
}

const isOf = (pod: ResolvedPod, { workload, container, role }: ResolvedTemplate): boolean =>
  pod.container === container &&
  pod.role === role &&
  pod.workload.kind === workload.kind &&
  pod.workload.name === workload.name &&
  pod.workload.namespace === workload.namespace;

/** How long is waited, and how. Times are milliseconds. */
export interface Waiting {
  timeout: number;
  interval: number;
  now: () => Date;
  /** Waits so long. */
  pause: (milliseconds: number) => Promise<void>;
  /** Gets what is missing, each time it is something else. */
  tell: (missing: readonly string[]) => void;
}

/**
 * Looks until nothing is missing, or the time is over. A look that fails in a way that may pass is one more thing missing.
 *
 * @param look what is missing now
 * @param passing failures that may be gone the next time
 * @returns what was missing in the end; empty where all is as expected
 * @throws what the last look threw, where that is not passing, or the time is over
 */
export async function waitUntilNone(
  look: () => Promise<readonly string[]>,
  passing: readonly ErrorCode[],
  { timeout, interval, now, pause, tell }: Waiting,
): Promise<readonly string[]> {
  const end = now().getTime() + timeout;
  let told = "";
  for (;;) {
    const over = () => now().getTime() + interval > end;
    const missing = await look().catch((error: unknown): readonly string[] => {
      if (!(error instanceof DualRegistryError) || !passing.includes(error.code) || over()) throw error;
      return [error.message];
    });
    if (missing.length === 0 || over()) return missing;
    const shown = missing.join("\n");
    if (shown !== told) tell(missing);
    told = shown;
    await pause(interval);
  }
}
