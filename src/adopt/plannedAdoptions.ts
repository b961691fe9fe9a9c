import type { Json } from "../base/json";
import type { Recording } from "../preview/recording";

/** Something a stage would make inside a registry that it takes over. */
interface AdoptedPart {
  kind: AdoptedKind;
  /** Name in Azure. */
  name: string;
  /** Region it would be made in, for what has one. */
  location?: string;
}

/** Kinds of things inside a registry, by the last part of their type. */
export const ADOPTED_KINDS = ["scopeMaps", "tokens", "replications", "webhooks"] as const;

export type AdoptedKind = (typeof ADOPTED_KINDS)[number];

/** One registry that a stage takes over, as its program says it. */
export interface Adopted {
  /** Name of the resource in the stack, such as `orders-standard-registry`. */
  resource: string;
  /** ARM id. */
  id: string;
  inputs: Readonly<Record<string, Json>>;
  /** Paths that the import leaves as Azure has them. */
  kept: readonly string[];
  parts: readonly AdoptedPart[];
}

const REGISTRY = "azure-native:containerregistry:Registry";

/** Types of what lives inside a registry: its kind, and the input that names it. */
const INSIDE: Readonly<Record<string, readonly [AdoptedKind, string]>> = {
  "azure-native:containerregistry:ScopeMap": ["scopeMaps", "scopeMapName"],
  "azure-native:containerregistry:Token": ["tokens", "tokenName"],
  "azure-native:containerregistry:Replication": ["replications", "replicationName"],
  "azure-native:containerregistry:Webhook": ["webhooks", "webhookName"],
};

const textAt = (inputs: Readonly<Record<string, Json>>, name: string): string => {
  const value = fieldAt(inputs, name);
  return typeof value === "string" ? value : "";
};

/** The registries that a recorded stage imports, with what it would make inside each. */
export function adoptedIn({ resources }: Recording): Adopted[] {
  return resources.flatMap(({ type, name, inputs, options }) => {
    if (type !== REGISTRY || options.import === undefined) return [];
    const place = (of: Readonly<Record<string, Json>>) =>
      `${textAt(of, "resourceGroupName")}/${textAt(of, "registryName")}`.toLowerCase();
    const parts = resources.flatMap((inner): AdoptedPart[] => {
      const [kind, named] = INSIDE[inner.type] ?? [];
      if (kind === undefined || named === undefined || place(inner.inputs) !== place(inputs)) return [];
      const location = textAt(inner.inputs, "location");
      return [{ kind, name: textAt(inner.inputs, named), ...(location === "" ? {} : { location }) }];
    });
    return [{ resource: name, id: options.import, inputs, kept: options.ignoreChanges ?? [], parts }];
  });
}

type Fields = Readonly<Record<string, Json>>;

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at a dotted path; undefined where there is none. */
export function fieldAt(fields: Fields, path: string): Json | undefined {
  return path.split(".").reduce<Json | undefined>((value, part) => (isFields(value) ? value[part] : undefined), fields);
}

/** Every path that ends in a text, a number, a switch or a list, with what stands there, sorted. */
export function leaves(fields: Fields, path = ""): [path: string, value: Json][] {
  return Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]): [string, Json][] => {
      const at = path === "" ? name : `${path}.${name}`;
      return isFields(value) ? leaves(value, at) : [[at, value]];
    });
}

/** True where a path is one of the others, or lies below one. */
export const isBelow = (path: string, others: readonly string[]): boolean =>
  others.some((other) => path === other || path.startsWith(`${other}.`));

/** True for equal values; the order of a list of rules does not count. */
export function sameValue(one: Json | undefined, other: Json | undefined): boolean {
  const text = (value: Json | undefined): string =>
    Array.isArray(value)
      ? value
          .map((item: Json) => JSON.stringify(item))
          .sort()
          .join(",")
      : JSON.stringify(value ?? null);
  return text(one) === text(other);
}
