import { createHash } from "node:crypto";
import type { ImageClass } from "./imageClass";
import type { Stage } from "./stage";

/** Length limits of the names this project makes, in characters. Source: ARM path parameters of each resource type. */
export const NAME_LIMITS = {
  /** Microsoft.ContainerRegistry/registries: `^[a-zA-Z0-9]*$`. */
  registry: { min: 5, max: 50 },
  /** Scope maps and tokens: `^[a-zA-Z0-9-]*$`. */
  token: { min: 5, max: 50 },
  /** Microsoft.Resources/resourceGroups. */
  resourceGroup: { min: 1, max: 90 },
  /** Microsoft.OperationalInsights/workspaces: begins and ends with a letter or digit. */
  workspace: { min: 4, max: 63 },
} as const;

const HASH_LENGTH = 8;

/**
 * The name itself where it fits, else its beginning and a hash of the whole, so that two long names never meet.
 *
 * @param name a name of characters the target allows
 * @param max the longest allowed, at least 9
 * @param separator stands before the hash; empty where the target allows letters and digits only
 */
export function fitName(name: string, max: number, separator: "-" | "" = "-"): string {
  if (name.length <= max) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, HASH_LENGTH);
  return `${name.slice(0, max - HASH_LENGTH - separator.length)}${separator}${hash}`;
}

/** `ordersqasecure`: registry names are global across Azure, so a company that finds one taken sets its own. */
export function registryName(product: string, stage: Stage, imageClass: ImageClass): string {
  return fitName(`${product}${stage}${imageClass}`.replace(/[^a-z0-9]/g, ""), NAME_LIMITS.registry.max, "");
}

/** `rg-orders-registry-qa`. */
export function resourceGroupName(product: string, stage: Stage): string {
  return fitName(`rg-${product}-registry-${stage}`, NAME_LIMITS.resourceGroup.max);
}

/** `log-orders-registry-qa`. */
export function workspaceName(product: string, stage: Stage): string {
  return fitName(`log-${product}-registry-${stage}`, NAME_LIMITS.workspace.max);
}

/** `shop-pull`: name of a consumer's scope map and token in each registry it may read. */
export function pullTokenName(consumer: string): string {
  return fitName(`${consumer}-pull`, NAME_LIMITS.token.max);
}

/**
 * `qa.secure-registry.company.com` or `qa.registry.company.com`: the host people know a registry by.
 * It is planned here and served by a proxy in front of the registry; clients log in at the login server.
 */
export function vanityHost(stage: Stage, imageClass: ImageClass, domain: string): string {
  return `${stage}.${imageClass === "secure" ? "secure-registry" : "registry"}.${domain}`;
}
