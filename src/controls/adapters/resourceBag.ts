import { nameInId } from "../../base/azure/armId";
import { azureTypeOf } from "../../base/azure/typeToken";
import { defined } from "../../base/defined";
import type { Known, WebhookFacts } from "../facts";

/** Properties of a resource: JSON, with {@link UNKNOWN_VALUE} where the engine does not know a value yet. */
export type Properties = Readonly<Record<string, unknown>>;

/** Stands for a value that is not known yet; the same text as in a recorded preview. */
export const UNKNOWN_VALUE = "[unknown]";

/**
 * One resource as the program's run or the engine's policy request gives it.
 * Identifiers, such as the registry a token is of, stand among the inputs alone: Azure does not answer them.
 */
export interface ResourceBag {
  /** Type token, such as `azure-native:containerregistry:Registry`. */
  type: string;
  name: string;
  /** Absent where nothing asks for it. */
  urn?: string;
  /** URN of the parent, or whatever stands for it; equal for siblings. */
  parent?: string;
  inputs: Properties;
  /** What the cloud answered; absent before it has. */
  outputs?: Properties;
  protect?: Known<boolean>;
  ignoreChanges?: readonly string[];
}

/** A resource as a preview records it: with the options that it was given. */
interface WithOptions extends Pick<ResourceBag, "type" | "name" | "urn" | "parent" | "inputs"> {
  options: { protect?: boolean; ignoreChanges?: readonly string[] };
}

/** A recorded resource as controls read it: what it was not given is off. */
export const bagOf = ({ options, parent = "", ...resource }: WithOptions): ResourceBag => {
  const { protect = false, ignoreChanges = [] } = options;
  const { type, name, urn, inputs } = resource;
  return { type, name, parent, inputs, protect, ignoreChanges, ...defined({ urn }) };
};

/** A value at a path, `unknown` where it or what it stands in is not known, undefined where there is none. */
export function read(properties: Properties, path: string): unknown {
  let value: unknown = properties;
  for (const key of path.split(".")) {
    if (value === UNKNOWN_VALUE) return "unknown";
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value === UNKNOWN_VALUE ? "unknown" : (value ?? undefined);
}

/** A text, or `unknown` where it is none. */
export function readText(properties: Properties, path: string): Known<string> {
  const value = read(properties, path);
  return typeof value === "string" ? value : "unknown";
}

/** A list, or `unknown` where it is none. */
export function readList(properties: Properties, path: string): Known<readonly unknown[]> {
  const value = read(properties, path);
  return Array.isArray(value) ? (value as readonly unknown[]) : "unknown";
}

/** True where a change of the property is ignored, so that what the program says of it is not what holds. */
function isKept({ ignoreChanges = [] }: ResourceBag, path: string): boolean {
  return ignoreChanges.some((kept) => kept === path || path.startsWith(`${kept}.`) || kept.startsWith(`${path}.`));
}

/**
 * A setting: what the cloud answered, else what the program says.
 *
 * @param absent what Azure takes where a program leaves it out; where the cloud has answered and left it out, it is
 *   unknown, and so it is where the program's word does not hold
 */
export function setting(resource: ResourceBag, path: string, absent: unknown): unknown {
  if (resource.outputs !== undefined) return read(resource.outputs, path) ?? "unknown";
  if (isKept(resource, path)) return "unknown";
  return read(resource.inputs, path) ?? absent;
}

/** A setting that is on or off in one of Azure's ways of saying so. */
export function flag(resource: ResourceBag, path: string, on: unknown, off: unknown, absent: unknown): Known<boolean> {
  const value = setting(resource, path, absent);
  const word = (one: unknown) => (typeof one === "string" ? one.toLowerCase() : one);
  if (word(value) === word(on)) return true;
  return word(value) === word(off) ? false : "unknown";
}

/** A registry's resource with what hangs on it. */
export interface Family {
  /** The registry's name in Azure. */
  name: Known<string>;
  replicas: readonly ResourceBag[];
  cacheRules: readonly ResourceBag[];
  webhooks: readonly WebhookFacts[];
  logs: readonly ResourceBag[];
  privateEndpoints: readonly ResourceBag[];
  /** Whether each private endpoint has a DNS zone group. */
  endpointsWithDns: boolean;
  scopeMaps: readonly ResourceBag[];
  tokens: readonly ResourceBag[];
}

/** Modules of azure-native that hold registries and what hangs on them. */
const MODULES: readonly string[] = ["containerregistry", "insights", "monitor", "network", "privatedns"];

/** The type of one of these modules, whichever API version names it: `Registry`. */
export function kindOf({ type }: ResourceBag): string | undefined {
  const native = azureTypeOf(type);
  return native !== undefined && MODULES.includes(native.module) ? native.resource : undefined;
}

const lower = (name: Known<string>) => (name === "unknown" ? name : name.toLowerCase());

/** The registry's name where a resource says it: by name, or in an id. */
function namedRegistry(resource: ResourceBag): Known<string> {
  const { inputs, outputs = {} } = resource;
  const name = readText(inputs, "registryName");
  if (name !== "unknown") return lower(name);
  const links = readList(inputs, "privateLinkServiceConnections");
  const linked =
    links === "unknown" ? [] : links.map((link) => readText({ ...(link as object) }, "privateLinkServiceId"));
  const ids = [readText(inputs, "resourceUri"), ...linked, readText(inputs, "id"), readText(outputs, "id")];
  return lower(ids.map((id) => nameInId(id, "registries")).find((found) => found !== undefined) ?? "unknown");
}

/** Names the registry that a resource hangs on: what it says itself, else its only sibling, else the only one. */
function hangsOn(child: ResourceBag, registry: ResourceBag, all: readonly ResourceBag[]): boolean {
  const named = namedRegistry(child);
  const own = registryName(registry);
  if (named !== "unknown" && own !== "unknown") return named === own.toLowerCase();
  const siblings = all.filter((one) => one.parent !== undefined && one.parent === child.parent);
  if (siblings.length === 1) return siblings[0] === registry;
  return all.length === 1;
}

function registryName(registry: ResourceBag): Known<string> {
  const name = readText(registry.inputs, "registryName");
  return name === "unknown" && registry.outputs ? readText(registry.outputs, "name") : name;
}

function webhookOf(hook: ResourceBag): WebhookFacts {
  const uri = readText(hook.inputs, "serviceUri");
  return { name: hook.name, secure: uri === "unknown" ? uri : uri.startsWith("https://") };
}

/** Parts the resources of a stack into registries and what hangs on each. */
export function families(resources: readonly ResourceBag[]): ReadonlyMap<ResourceBag, Family> {
  const registries = resources.filter((one) => kindOf(one) === "Registry");
  const of = (kind: string) => resources.filter((one) => kindOf(one) === kind);
  const kinds = {
    replicas: of("Replication"),
    cacheRules: of("CacheRule"),
    webhooks: of("Webhook"),
    logs: of("DiagnosticSetting"),
    privateEndpoints: of("PrivateEndpoint"),
    scopeMaps: of("ScopeMap"),
    tokens: of("Token"),
  };
  const zones = of("PrivateDnsZoneGroup").map((zone) => readText(zone.inputs, "privateEndpointName"));
  return new Map(
    registries.map((registry) => {
      const mine = (children: readonly ResourceBag[]) =>
        children.filter((child) => hangsOn(child, registry, registries));
      const privateEndpoints = mine(kinds.privateEndpoints);
      const family: Family = {
        name: registryName(registry),
        replicas: mine(kinds.replicas),
        cacheRules: mine(kinds.cacheRules),
        webhooks: mine(kinds.webhooks).map(webhookOf),
        logs: mine(kinds.logs),
        privateEndpoints,
        endpointsWithDns: privateEndpoints.every((one) => zones.includes(readText(one.inputs, "privateEndpointName"))),
        scopeMaps: mine(kinds.scopeMaps),
        tokens: mine(kinds.tokens),
      };
      return [registry, family];
    }),
  );
}
