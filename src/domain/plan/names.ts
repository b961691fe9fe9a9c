import { createHash } from "node:crypto";
import { type ArmId, armIdForm, type ArmKind, parseArmId } from "../../base/azure/armId";
import type { AccessPurpose } from "../identity/identities";
import type { ImageClass } from "../image/imageClass";
import type { Stage } from "../stage";

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
  /** Microsoft.Storage/storageAccounts: lower-case letters and digits. */
  storageAccount: { min: 3, max: 24 },
  /** Microsoft.KeyVault/vaults: begins with a letter, ends with a letter or digit, no two hyphens together. */
  vault: { min: 3, max: 24 },
  /** Secrets of a vault: `^[0-9a-zA-Z-]+$`. */
  secret: { min: 1, max: 127 },
  /** Kubernetes objects whose names are DNS labels. */
  kubernetes: { min: 1, max: 63 },
  /** Microsoft.ManagedIdentity/userAssignedIdentities: letters, digits, hyphens and underscores. */
  identity: { min: 3, max: 128 },
  /** Federated credentials: `^[a-zA-Z0-9]{1}[a-zA-Z0-9-_]{2,119}$`. */
  credential: { min: 3, max: 120 },
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

/** `id-orders-qa-publish-secure`: the identity of a purpose, and of a class or a consumer where it is theirs alone. */
export function identityName(product: string, stage: Stage, purpose: AccessPurpose, of?: string): string {
  const parts = ["id", product, stage, purpose, ...(of === undefined ? [] : [of])];
  return fitName(parts.join("-"), NAME_LIMITS.identity.max);
}

/** `qa-publish-secure-promote-yml`: a federated credential by where and by what somebody logs in. */
export function credentialName(way: string): string {
  return fitName(
    way.replace(/[^A-Za-z0-9-]/g, "-").padEnd(NAME_LIMITS.credential.min, "0"),
    NAME_LIMITS.credential.max,
  );
}

/** `ordersqaaudit`: account names are global across Azure, so a company that finds one taken sets its own. */
export function archiveName(product: string, stage: Stage): string {
  return fitName(`${product}${stage}audit`.replace(/[^a-z0-9]/g, ""), NAME_LIMITS.storageAccount.max, "");
}

/** `kv-orders-qa`: names of vaults are global across Azure, so a company that finds one taken sets its own. */
export function vaultName(product: string, stage: Stage): string {
  return fitName(`kv-${product}-${stage}`.replace(/-{2,}/g, "-"), NAME_LIMITS.vault.max, "");
}

/** `orders-qa-shop-pull-secure`: the one secret with the password of a token; stages may share a vault. */
export function passwordSecretName(product: string, stage: Stage, token: string, imageClass: ImageClass): string {
  return fitName(`${product}-${stage}-${token}-${imageClass}`, NAME_LIMITS.secret.max);
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

/** The parts of a registry's ARM id. */
export type RegistryId = ArmId;

/** Microsoft.ContainerRegistry/registries: 5 to 50 letters and digits. */
export const REGISTRY_ARM_KIND: ArmKind = {
  type: "Microsoft.ContainerRegistry/registries",
  name: /^[a-zA-Z0-9]{5,50}$/,
  nameForm: "a registry's name, 5 to 50 letters and digits",
};

/** What a registry's id looks like, for error messages. */
export const REGISTRY_ID_FORM = armIdForm(REGISTRY_ARM_KIND);

/** The parts of a registry's ARM id; undefined where the text is none. */
export const parseRegistryId = (id: string): RegistryId | undefined => parseArmId(id, REGISTRY_ARM_KIND);
