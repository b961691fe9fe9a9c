import { fieldsOf, isObject, listOf, textAt } from "../../base/json";
import { documentsOf } from "./objects";

/** What a kustomization says of a patch beside its text. */
export interface PatchTarget {
  /** What it is applied to, where its own kind and name do not say so. */
  target: unknown;
}

/** Places, by their keys from the top, that no image and no chart comes from. */
const HARMLESS = [
  /^metadata\/(?:labels|annotations)(?:\/|$)/,
  /^spec\/template\/metadata\/(?:labels|annotations)(?:\/|$)/,
  /^spec\/(?:replicas|minReplicas|maxReplicas|interval|revisionHistoryLimit|minReadySeconds|progressDeadlineSeconds)$/,
  /^spec\/template\/spec\/(?:nodeSelector|tolerations|affinity|terminationGracePeriodSeconds|priorityClassName)(?:\/|$)/,
  /^spec\/template\/spec\/(?:initContainers|containers)\/\d+\/(?:resources|env|ports|securityContext|livenessProbe|readinessProbe|startupProbe)(?:\/|$)/,
];
/** Kinds of Kubernetes whose images stand in no place but fields named after one. */
const PLAIN = new Map([
  ["Deployment", "apps"],
  ["StatefulSet", "apps"],
  ["DaemonSet", "apps"],
  ["Job", "batch"],
  ["CronJob", "batch"],
  ["Service", ""],
  ["ServiceAccount", ""],
  ["Namespace", ""],
  ["PersistentVolumeClaim", ""],
  ["Ingress", "networking.k8s.io"],
  ["NetworkPolicy", "networking.k8s.io"],
  ["HorizontalPodAutoscaler", "autoscaling"],
  ["PodDisruptionBudget", "policy"],
]);
const IMAGE = /image/i;
/** Perhaps an alias: written out, a few of them take more than all memory. */
export const HAS_ALIASES = /(?:^|[\s[{,:-])\*[^\s*,\]}]/;
/** A part of a patch that is an instruction. Source: Kubernetes, "Strategic Merge Patch". */
const DIRECTIVE = /^\$/;

/**
 * True for a patch that changes no image and no chart, whatever it is applied to; or that is applied to a kind whose images
 * have a field of that name, and says none. Everything else, and what cannot be read, is false.
 *
 * @param isRead true where the images of a patch that is a manifest are read from its file
 */
export function isHarmlessPatch(text: string, { target }: PatchTarget, isRead = false): boolean {
  if (HAS_ALIASES.test(text)) return false;
  const documents = documentsOf(text);
  return documents?.every((patch) => isHarmless(patch, target, isRead)) ?? false;
}

function isHarmless(patch: unknown, target: unknown, isRead: boolean): boolean {
  if (Array.isArray(patch)) return patch.every((operation: unknown) => isHarmlessOperation(operation, target));
  if (!isObject(patch)) return patch === null || patch === undefined;
  const says = IMAGE.test(JSON.stringify(patch));
  const { apiVersion, kind, metadata, ...rest } = patch;
  if (isPlain(kind, apiVersion) && (target === undefined || isPlainTarget(target, kind))) return isRead || !says;
  const changed = Object.fromEntries(
    Object.entries(fieldsOf(metadata)).filter(([key]) => key !== "name" && key !== "namespace"),
  );
  return !says && leaves({ metadata: changed, ...rest }, "").every((path) => isHarmlessPath(path));
}

/** A document of RFC 6902. */
function isHarmlessOperation(operation: unknown, target: unknown): boolean {
  const { op, path, from, value } = fieldsOf(operation);
  if (op === "test") return true;
  if (typeof path !== "string" || IMAGE.test(JSON.stringify([path, from, value]))) return false;
  const at = keysOf(path);
  if (from !== undefined) return typeof from === "string" && isHarmlessPath(at) && isHarmlessPath(keysOf(from));
  return isHarmlessPath(at) || (isPlainTarget(target) && /^spec\//.test(at));
}

/** Keys of a JSON pointer. Source: RFC 6901, 4. */
const keysOf = (pointer: string): string => pointer.slice(1).replaceAll("~1", ".").replaceAll("~0", "~");

const isHarmlessPath = (path: string): boolean => HARMLESS.some((harmless) => harmless.test(path));

/** Source: Kubernetes API, group and kind; an absent version is the kind's own. */
function isPlain(kind: unknown, apiVersion: unknown): boolean {
  const group = typeof kind === "string" ? PLAIN.get(kind) : undefined;
  if (group === undefined) return false;
  if (apiVersion === undefined) return true;
  return typeof apiVersion === "string" && (apiVersion.includes("/") ? apiVersion.split("/")[0] : "") === group;
}

/** A target is a pattern: only a whole kind says what it is. Source: kustomize, types.Selector. */
function isPlainTarget(target: unknown, kind?: unknown): boolean {
  const named = textAt(target, "kind");
  const group = textAt(target, "group");
  if (named === undefined || (kind !== undefined && kind !== named)) return false;
  return PLAIN.has(named) && (group === undefined || group === PLAIN.get(named));
}

/** Paths of all that a merge patch sets; an instruction in it is a path that nothing allows. */
function leaves(value: unknown, path: string): string[] {
  if (path.split("/").length > 64) return ["$deep"];
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, inner]) =>
      DIRECTIVE.test(key) ? [key] : leaves(inner, path === "" ? key : `${path}/${key}`),
    );
  }
  const items = listOf(value);
  return items.length > 0 && !isHarmlessPath(path)
    ? items.flatMap((each, at) => leaves(each, `${path}/${at}`))
    : [path];
}
