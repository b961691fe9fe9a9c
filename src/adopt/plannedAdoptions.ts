import { azureTypeOf, isAzureType } from "../base/azure/typeToken";
import type { DiagnosticSetting } from "../azure";
import { isList, isObject, type Json, type JsonObject } from "../base/json";
import type { RecordedResource, Recording } from "../preview/recording";

/** Something a stage would make inside a registry that it adopts. */
interface AdoptedPart {
  kind: AdoptedKind;
  /** Name in Azure. */
  name: string;
  /** Region it would be made in, for what has one. */
  location?: string;
}

/** Kinds of things inside a registry, by the last part of their type. */
export type AdoptedKind = "scopeMaps" | "tokens" | "replications" | "webhooks";

/** One registry that a stage adopts, as its program registers it. */
export interface PlannedAdoption {
  /** Name of the resource in the stack, such as `orders-standard-registry`. */
  resource: string;
  /** ARM id. */
  id: string;
  inputs: Readonly<Record<string, Json>>;
  /** Paths of properties that the import leaves as Azure has them. */
  ignoreChanges: readonly string[];
  parts: readonly AdoptedPart[];
  /** The diagnostic setting that it would get; absent where it gets none. */
  diagnosticSetting?: DiagnosticSetting;
}

/** Types of what lives inside a registry: its kind, and the input that names it. */
const INSIDE: Readonly<Record<string, readonly [AdoptedKind, string]>> = {
  "containerregistry:ScopeMap": ["scopeMaps", "scopeMapName"],
  "containerregistry:Token": ["tokens", "tokenName"],
  "containerregistry:Replication": ["replications", "replicationName"],
  "containerregistry:Webhook": ["webhooks", "webhookName"],
};

const textAt = (inputs: Readonly<Record<string, Json>>, name: string): string => {
  const value = valueAt(inputs, name);
  return typeof value === "string" ? value : "";
};

/** The registries that a recorded stage imports, with what it would make inside each. */
export function plannedAdoptions({ resources }: Recording): PlannedAdoption[] {
  return resources.flatMap(({ urn, type, name, inputs, options }) => {
    if (!isAzureType(type, "containerregistry:Registry") || options.import === undefined) return [];
    const place = (of: Readonly<Record<string, Json>>) =>
      `${textAt(of, "resourceGroupName")}/${textAt(of, "registryName")}`.toLowerCase();
    const parts = resources.flatMap((inner): AdoptedPart[] => {
      const [kind, named] = INSIDE[azureTypeOf(inner.type)?.name ?? ""] ?? [];
      if (kind === undefined || named === undefined || place(inner.inputs) !== place(inputs)) return [];
      const location = textAt(inner.inputs, "location");
      return [{ kind, name: textAt(inner.inputs, named), ...(location === "" ? {} : { location }) }];
    });
    const setting = resources.find(
      (one) => isAzureType(one.type, ...DIAGNOSTIC_SETTING) && one.sources?.["resourceUri"]?.includes(urn) === true,
    );
    return [
      {
        ...{ resource: name, id: options.import, inputs, ignoreChanges: options.ignoreChanges ?? [], parts },
        ...(setting && { diagnosticSetting: plannedSetting(setting) }),
      },
    ];
  });
}

/** Both modules of azure-native that have it. */
const DIAGNOSTIC_SETTING = ["monitor:DiagnosticSetting", "insights:DiagnosticSetting"] as const;

/** What is known before the run: a workspace or an account that the stage makes is new, and holds nothing. */
function plannedSetting({ name, inputs }: RecordedResource): DiagnosticSetting {
  const known = (key: string): string | undefined => {
    const value = inputs[key];
    return typeof value === "string" && value.startsWith("/") ? value : undefined;
  };
  const [workspaceId, storageAccountId] = [known("workspaceId"), known("storageAccountId")];
  const switched = ["logs", "metrics"].flatMap((key) => {
    const list = inputs[key];
    return isList(list) ? list : [];
  });
  return {
    name: textAt(inputs, "name") || name,
    ...(workspaceId !== undefined && { workspaceId }),
    ...(storageAccountId !== undefined && { storageAccountId }),
    categories: switched.flatMap((one) => {
      if (!isObject(one) || one["enabled"] !== true) return [];
      const category = one["category"] ?? one["categoryGroup"];
      return typeof category === "string" ? [category] : [];
    }),
  };
}

const isJsonObject = (value: Json | undefined): value is JsonObject => isObject(value);

/** The value at a dotted path; undefined where there is none. */
export function valueAt(fields: JsonObject, path: string): Json | undefined {
  return path
    .split(".")
    .reduce<Json | undefined>((value, part) => (isJsonObject(value) ? value[part] : undefined), fields);
}

/** Every path that ends in a text, a number, a switch or a list, with what stands there, sorted. */
export function leaves(fields: JsonObject, path = ""): [path: string, value: Json][] {
  return Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]): [string, Json][] => {
      const at = path === "" ? name : `${path}.${name}`;
      return isJsonObject(value) ? leaves(value, at) : [[at, value]];
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
