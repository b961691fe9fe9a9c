import type { ImageClass } from "../image/imageClass";
import type { RegistryKind } from "../image/registryKind";
import type { Stage } from "../stage";

/** An object of Kubernetes, as its API takes it. Plain data: what the stack makes and what is printed are the same. */
export interface ClusterObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels: Readonly<Record<string, string>> };
  spec?: Readonly<Record<string, unknown>>;
  /** Of a Secret alone: its values in plain text. */
  stringData?: Readonly<Record<string, string>>;
}

/** A registry that a stage's clusters pull from. */
export interface ClusterRegistry {
  kind: RegistryKind;
  /** The host clients log in at. */
  host: string;
  /** The path in front of the repositories; absent: none. */
  namespace?: string;
}

/** By class: the stage's own registry, and those that may be chosen in its place. */
export type ClusterRegistries = Readonly<Record<ImageClass, readonly [ClusterRegistry, ...ClusterRegistry[]]>>;

/** Labels of every object, by which Flux's automation selects policies too: a cluster may serve several stages. */
export const objectLabels = (product: string, stage: Stage): Record<string, string> => ({
  "app.kubernetes.io/part-of": product,
  "app.kubernetes.io/instance": stage,
  "app.kubernetes.io/managed-by": "dual-registry",
});

/** The whole name of a repository in a registry, such as `ghcr.io/company/orders/api`. */
export const repositoryIn = (
  { host, namespace }: { host: string; namespace?: string | undefined },
  repository: string,
): string => [host, ...(namespace === undefined ? [] : [namespace]), repository].join("/");

/** Selects namespaces by their names: a label that the API server sets itself, and nobody else can. */
export const namespaceSelector = (namespaces: readonly string[]) => ({
  matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: namespaces }],
});

/** The names that a list has more than once. */
export function repeated(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) (seen.has(name) ? twice : seen).add(name);
  return twice;
}
