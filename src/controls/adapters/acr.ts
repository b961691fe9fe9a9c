import { IMAGE_CLASSES, type ImageClass } from "../../domain/image/imageClass";
import { type Sku, SKUS } from "../../domain/image/registryKind";
import type { Stage, StagePlace } from "../../domain/stage";
import type { Known, RegistryFacts } from "../facts";
import { type Family, flag, read, readList, type ResourceBag, setting } from "./resourceBag";

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
