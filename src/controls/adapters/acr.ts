import { azureTypeOf } from "../../base/azure/typeToken";
import { IMAGE_CLASSES, type ImageClass } from "../../domain/image/imageClass";
import { type RegistryKind, type Sku, SKUS } from "../../domain/image/registryKind";
import type { Stage, StagePlace } from "../../domain/stage";
import type { Known, RegistryFacts } from "../facts";
import { type Family, flag, read, readList, readText, type ResourceBag, setting } from "./resourceBag";

/** The class stands in the name of a registry that this project's component makes; elsewhere nobody knows it. */
export function classOf({ name }: ResourceBag): Known<ImageClass> {
  return IMAGE_CLASSES.find((imageClass) => name.endsWith(`-${imageClass}-registry`)) ?? "unknown";
}

function skuOf(registry: ResourceBag): Known<Sku> {
  const name = setting(registry, "sku.name", "unknown");
  return SKUS.find((sku) => sku === name) ?? "unknown";
}

function daysOf(registry: ResourceBag, policy: string, days: string): Known<number | "off"> {
  const on = flag(registry, `${policy}.status`, "enabled", "disabled", "disabled");
  if (on === "unknown") return on;
  const value = on ? setting(registry, `${policy}.${days}`, 7) : "off";
  return typeof value === "number" || value === "off" ? value : "unknown";
}

function networkDefault(registry: ResourceBag): Known<"allow" | "deny"> {
  // Below Premium there is no firewall, and Azure answers no rules of one.
  const sku = skuOf(registry);
  if (sku !== "unknown" && sku !== "Premium") return "allow";
  const denies = flag(registry, "networkRuleSet.defaultAction", "Deny", "Allow", "Allow");
  return denies === "unknown" ? denies : denies ? "deny" : "allow";
}

/** What its rules let in; Azure answers an empty list where there is none. */
function allowedRanges(registry: ResourceBag): Known<readonly string[]> {
  const rules = setting(registry, "networkRuleSet.ipRules", []);
  if (!Array.isArray(rules)) return "unknown";
  const ranges = rules.map((rule: unknown) => {
    const fields = typeof rule === "object" && rule !== null ? { ...rule } : {};
    return read(fields, "iPAddressOrRange") ?? read(fields, "value");
  });
  return ranges.every((range) => typeof range === "string") && !ranges.includes("unknown") ? ranges : "unknown";
}

/** Connections that the registry itself tells once it stands, else the endpoints that the program makes for it. */
function privateEndpoints(registry: ResourceBag, family: Family): Known<number> {
  if (registry.outputs === undefined) return isTakenOver(registry) ? "unknown" : family.privateEndpoints.length;
  const connections = readList(registry.outputs, "privateEndpointConnections");
  if (connections === "unknown") return connections;
  const status = "privateLinkServiceConnectionState.status";
  return connections.filter((one) => typeof one === "object" && one !== null && read({ ...one }, status) === "Approved")
    .length;
}

/** True for a registry that stood before: more may hang on it than the program makes. */
function isTakenOver({ ignoreChanges = [] }: ResourceBag): boolean {
  return ignoreChanges.includes("registryName");
}

function logCategories(family: Family): Known<readonly string[]> {
  const logs = family.logs.map((log) => readList(log.outputs ?? log.inputs, "logs"));
  if (logs.includes("unknown")) return "unknown";
  return logs
    .flat()
    .filter((log) => typeof log === "object" && log !== null && Reflect.get(log, "enabled") === true)
    .map((log) => read({ ...(log as object) }, "category") ?? read({ ...(log as object) }, "categoryGroup"))
    .filter((category) => typeof category === "string");
}

/** What hangs on a registry that the program makes is all there is; on one taken over there may be more. */
const all = <T>(registry: ResourceBag, made: T): Known<T> => (isTakenOver(registry) ? "unknown" : made);

/** Registries that other providers make, by their tokens. Source: the schemas of these providers in Pulumi's registry. */
const OTHERS: readonly (readonly [RegExp, Known<RegistryKind>])[] = [
  [/^azure:containerservice\/registry:Registry$/, "unknown"],
  [/^aws(?:-native)?:ecr(?:public)?(?:\/repository)?:Repository$/, "ecr"],
  [/^gcp:artifactregistry\/repository:Repository$/, "gar"],
  [/^google-native:artifactregistry\/\w+:Repository$/, "gar"],
  [/:(?:Container)?Registry$/, "unknown"],
];

/**
 * The kind of a registry that another provider makes, or that is sent to ARM without a type of its own; undefined for
 * what is no registry. One that nobody knows is unknown, and never no registry.
 */
export function otherRegistryKind(resource: ResourceBag): Known<RegistryKind> | undefined {
  const armType = readText(resource.inputs, "type");
  if (/^Microsoft\.ContainerRegistry\/registries(?:@|$)/i.test(armType)) return "unknown";
  if (azureTypeOf(resource.type) !== undefined) return undefined;
  return OTHERS.find(([token]) => token.test(resource.type))?.[1];
}

/** Facts of a registry of which its resource says nothing that controls can read. */
export function unknownRegistry(
  resource: ResourceBag,
  kind: Known<RegistryKind>,
  at: { stage: Known<Stage>; place: Known<StagePlace> },
): RegistryFacts {
  const unknown = "unknown" as const;
  return {
    ...at,
    ...{ class: classOf(resource), kind, mode: unknown, name: resource.name },
    basis: resource.outputs === undefined ? "planned" : "deployed",
    ...{ location: unknown, sku: unknown, adminUserEnabled: unknown, anonymousPullEnabled: unknown },
    ...{ armTokensAllowed: unknown, publicAccess: unknown, networkDefault: unknown, allowedRanges: unknown },
    ...{ trustedServices: unknown, privateEndpoints: unknown, privateDns: unknown, exportAllowed: unknown },
    ...{ customerKey: unknown, quarantine: unknown, dataEndpoint: unknown, replicas: unknown, cacheRules: unknown },
    ...{ webhooks: unknown, protected: resource.protect ?? unknown, regime: unknown, untaggedRetentionDays: unknown },
    ...{ softDeleteDays: unknown, logCategories: unknown, scan: unknown, signature: unknown, foreignSigners: unknown },
    ...{ unhealthyImages: unknown, rules: unknown },
  };
}

/** The facts of one azure-native Registry and of what hangs on it. */
export function acrFacts(
  registry: ResourceBag,
  family: Family,
  at: { stage: Known<Stage>; place: Known<StagePlace> },
): RegistryFacts {
  const place = setting(registry, "location", "unknown");
  const replicas = family.replicas.map((replica) => read(replica.outputs ?? replica.inputs, "location") ?? "unknown");
  return {
    ...at,
    class: classOf(registry),
    kind: "acr",
    mode: isTakenOver(registry) ? "adopt" : "create",
    basis: registry.outputs === undefined ? "planned" : "deployed",
    name: family.name,
    location: typeof place === "string" ? place : "unknown",
    sku: skuOf(registry),
    adminUserEnabled: flag(registry, "adminUserEnabled", true, false, false),
    anonymousPullEnabled: flag(registry, "anonymousPullEnabled", true, false, false),
    armTokensAllowed: flag(
      registry,
      "policies.azureADAuthenticationAsArmPolicy.status",
      "enabled",
      "disabled",
      "enabled",
    ),
    publicAccess: flag(registry, "publicNetworkAccess", "Enabled", "Disabled", "Enabled"),
    networkDefault: networkDefault(registry),
    allowedRanges: allowedRanges(registry),
    trustedServices: flag(registry, "networkRuleBypassOptions", "AzureServices", "None", "AzureServices"),
    privateEndpoints: privateEndpoints(registry, family),
    privateDns: all(registry, family.privateEndpoints.length > 0 && family.endpointsWithDns),
    exportAllowed: flag(registry, "policies.exportPolicy.status", "enabled", "disabled", "enabled"),
    customerKey: flag(registry, "encryption.status", "enabled", "disabled", "disabled"),
    quarantine: flag(registry, "policies.quarantinePolicy.status", "enabled", "disabled", "disabled"),
    dataEndpoint: flag(registry, "dataEndpointEnabled", true, false, false),
    replicas: all(
      registry,
      replicas.includes("unknown") ? "unknown" : replicas.filter((replica) => typeof replica === "string"),
    ),
    cacheRules: all(
      registry,
      family.cacheRules.map((rule) => rule.name),
    ),
    webhooks: all(registry, family.webhooks),
    protected: registry.protect ?? "unknown",
    regime: "unknown",
    untaggedRetentionDays: daysOf(registry, "policies.retentionPolicy", "days"),
    softDeleteDays: daysOf(registry, "policies.softDeletePolicy", "retentionDays"),
    logCategories: logCategories(family),
    scan: "unknown",
    signature: "unknown",
    foreignSigners: "unknown",
    unhealthyImages: "unknown",
    rules: "unknown",
  };
}
