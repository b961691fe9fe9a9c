import { createRequire } from "node:module";
import type * as ArmRegistries from "@azure/arm-containerregistry";
import type { TokenCredential } from "@azure/core-auth";
import type * as KeyVault from "@azure/keyvault-secrets";
import { azureAccount, clientOptions, type AzureAccount } from "../azure/account";
import { cloudOf } from "../azure/cloud";
import { parseRegistryId, REGISTRY_ID_FORM, type RegistryId } from "../domain/armId";
import { DualRegistryError } from "../errors";
import type { PasswordPlace } from "./contract";
import { keepInnerCode } from "./innerCode";

const load = createRequire(__filename);

/** How Azure is reached. Default: the cloud of the registry's host, as the identity of this process. */
export interface AzureAccess extends Partial<AzureAccount> {
  /** Milliseconds between two looks at an operation that runs. Default: as Azure says. */
  pollMs?: number;
  /** How long a right that was just given may take to work, and how often it is tried. Default: once. */
  rights?: { attempts: number; everyMs: number };
  /** The clock, in milliseconds. Default `Date.now`. */
  now?: () => number;
}

/** The clients of one token's registry and vault. */
export interface Clients {
  arm: ArmRegistries.ContainerRegistryManagementClient;
  secrets: KeyVault.SecretClient;
  registry: RegistryId;
  access: AzureAccess;
}

/**
 * The clients for one place, loaded when they are first wanted: they cost more than all the rest of a run.
 *
 * @throws DualRegistryError CONFIG_INVALID where the registry's id is none
 */
export function makeClients(place: PasswordPlace, access: AzureAccess = {}): Clients {
  const registry = parseRegistryId(place.registryId);
  if (registry === undefined) {
    const message = `Registry id "${place.registryId}" is none; allowed: ${REGISTRY_ID_FORM}`;
    throw new DualRegistryError("CONFIG_INVALID", message);
  }
  const { ContainerRegistryManagementClient } = load("@azure/arm-containerregistry") as typeof ArmRegistries;
  const { SecretClient } = load("@azure/keyvault-secrets") as typeof KeyVault;
  const account: AzureAccount = { ...access, credential: access.credential ?? ownIdentity() };
  const { credential } = account;
  const options = clientOptions(account);
  const endpoint = cloudOf(place.loginServer).arm;
  return {
    arm: new ContainerRegistryManagementClient(credential, registry.subscriptionId, { ...options, endpoint }),
    secrets: new SecretClient(place.vaultUri, credential, {
      ...options,
      additionalPolicies: [...options.additionalPolicies, { policy: keepInnerCode, position: "perCall" }],
    }),
    registry,
    access,
  };
}

let identity: TokenCredential | undefined;

/** The identity of this process, found once. */
const ownIdentity = (): TokenCredential => (identity ??= azureAccount().credential);
