import type { AzureAccess } from "../../../src/passwords/clients";
import type { PasswordPlace } from "../../../src/passwords/types";
import { KeyVault } from "./keyVault";
import { LongRunning } from "./longRunning";
import { Mint } from "./mint";
import { RegistryTokens } from "./registryTokens";
import { type StandIn, startStandIn } from "./standIn";
import { throughStandIn } from "./throughStandIn";

const REGISTRY =
  "/subscriptions/00000000-0000-0000-0000-0000000000a1/resourceGroups/rg-orders/providers/Microsoft.ContainerRegistry/registries/ordersqasecure";

/** A registry with a token, a vault, and one identity that may use both, over HTTP. */
export interface PasswordWorld {
  azure: StandIn;
  tokens: RegistryTokens;
  vault: KeyVault;
  mint: Mint;
  operations: LongRunning;
  place: PasswordPlace;
  access: AzureAccess;
  /** Whether what consumers read in the vault lets them in now. */
  consumersGetIn(): boolean;
}

/** @param retries attempts after the first; 0 makes every fault a crash */
export async function startPasswordWorld(retries = 0): Promise<PasswordWorld> {
  const mint = new Mint();
  const operations = new LongRunning();
  const tokens = new RegistryTokens(REGISTRY, ["shop-pull"], mint, operations);
  const vault = new KeyVault(mint, () => tokens.now);
  const azure = await startStandIn(operations.service, tokens.service, vault.service);
  const place: PasswordPlace = {
    registryId: REGISTRY,
    loginServer: "ordersqasecure.azurecr.io",
    token: "shop-pull",
    vaultUri: "https://kv-orders-qa.vault.azure.net/",
    secretName: "orders-qa-shop-pull-secure",
  };
  const access: AzureAccess = {
    ...throughStandIn(azure.url, mint),
    retryOptions: { maxRetries: retries, retryDelayInMs: 1, maxRetryDelayInMs: 5 },
    pollMs: 1,
    now: () => tokens.now,
  };
  return {
    azure,
    tokens,
    vault,
    mint,
    operations,
    place,
    access,
    consumersGetIn: () => tokens.accepts(place.token, vault.latest(place.secretName)?.value ?? ""),
  };
}
