import { fieldsOf, listOf, parseJson, quoted, readBounded } from "../../boundedFile";
import { DualRegistryError } from "../../errors";
import { addReference, nothingDeployed, somethingDeployed, type Deployed } from "./deployed";

/** Bytes of the largest list of pods that is read. */
export const MAX_PODS = 256 * 1024 * 1024;

const RUN = "the output of: kubectl get pods --all-namespaces --output json";
const CONTAINERS = ["containers", "initContainers", "ephemeralContainers"] as const;
const STATUSES = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] as const;

/** The addresses a pod names: what was asked for, and what the runtime says it runs. */
function addressesOf(pod: unknown): unknown[] {
  const { spec, status } = fieldsOf(pod);
  const asked = CONTAINERS.flatMap((name) => listOf(fieldsOf(spec)[name]).map((one) => fieldsOf(one)["image"]));
  const running = STATUSES.flatMap((name) => listOf(fieldsOf(status)[name]).map((one) => fieldsOf(one)["imageID"]));
  return [...asked, ...running];
}

/**
 * What a cluster runs, by the list of its pods. Source: Kubernetes API v1, Pod: spec.containers[].image,
 * status.containerStatuses[].imageID (`docker-pullable://host/path@sha256:...`, `host/path@sha256:...` or `sha256:...`).
 *
 * @param file a file's name, or `-` for standard input
 * @throws DualRegistryError CONTENT_INVALID for what is no list of pods, or only a part of one; USAGE
 */
export function readKubernetes(file: string): Deployed {
  const where = `Pods ${quoted(file)}`;
  const refuse = (why: string): never => {
    throw new DualRegistryError("CONTENT_INVALID", `${where}: ${why}; allowed: ${RUN}`);
  };
  const { kind, items, metadata } = fieldsOf(parseJson(readBounded(file, MAX_PODS), where));
  if (kind !== "List" && kind !== "PodList") return refuse("no list of pods");
  if (!Array.isArray(items)) return refuse("items is no list");
  if (fieldsOf(metadata)["continue"]) return refuse("a part of the list only");
  const deployed = nothingDeployed();
  for (const pod of listOf(items)) {
    for (const address of addressesOf(pod)) {
      // A container that has not begun has an empty imageID.
      if (address === undefined || address === "") continue;
      if (typeof address === "string" && addReference(deployed, address)) continue;
      refuse(`image ${typeof address === "string" ? quoted(address) : "of another type"} is no image's address`);
    }
  }
  return somethingDeployed(deployed, where, RUN);
}
