import type { Known, WebhookFacts } from "../../domain/facts";
import { readList, readText, type ResourceBag } from "./bag";

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

const NATIVE = /^azure-native:(containerregistry|insights|monitor|network|privatedns)(?:\/v[0-9a-z]+)?:(\w+)$/;

/** Type token of azure-native without its API version: `Registry` for `containerregistry/v20230701:Registry`. */
export function kindOf({ type }: ResourceBag): string | undefined {
  return NATIVE.exec(type)?.[2];
}

const inId = /\/registries\/([^/]+)/i;
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
  return lower(ids.map((id) => inId.exec(id)?.[1]).find((found) => found !== undefined) ?? "unknown");
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
