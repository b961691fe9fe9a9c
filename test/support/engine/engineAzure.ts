import { KeyVault } from "../azure/keyVault";
import { LongRunning } from "../azure/longRunning";
import { Mint } from "../azure/mint";
import { RegistryTokens } from "../azure/registryTokens";
import { type ApiRequest, type ApiService, failure, type StandIn, startStandIn } from "../azure/standIn";
import type { Providers } from "../providers/startProviders";

/** Takes whatever token the engine's process for dynamic resources has made for itself. */
class OpenMint extends Mint {
  override refusal(request: ApiRequest, challenge?: string) {
    return request.headers.authorization === undefined ? super.refusal(request, challenge) : undefined;
  }
}

/** ARM and Key Vault over HTTP, for what the program's own dynamic resources ask; tokens are those of the cloud. */
export interface EngineAzure {
  azure: StandIn;
  vault: KeyVault;
  /** Every password that was ever made. */
  readonly passwords: readonly string[];
}

/** ARM id of a secret: its vault's, and its name. */
const SECRET = /^(.+\/vaults\/[^/]+)\/secrets\/([^/]+)$/i;

/** @param providers in whose cloud the tokens are made that get passwords; it learns of the secrets */
export async function startEngineAzure({ cloud, beside }: Providers): Promise<EngineAzure> {
  const mint = new OpenMint();
  const operations = new LongRunning();
  const tokens = new Map<string, RegistryTokens>();
  const vault = new KeyVault(mint);
  beside.push((id) => {
    const [, vaultId = "", secret = ""] = SECRET.exec(id) ?? [];
    return cloud.has(vaultId) && vault.latest(secret) !== undefined;
  });
  const ofToken = (id: string): RegistryTokens | undefined => {
    const key = id.toLowerCase();
    if (!cloud.has(id)) return void tokens.delete(key);
    const [registry = "", name = ""] = id.split(/\/tokens\//i);
    const found = tokens.get(key) ?? new RegistryTokens(registry, [name], mint, operations);
    tokens.set(key, found);
    return found;
  };
  const made: string[] = [];
  const registries: ApiService = (request) => {
    const id = tokenOf(request);
    if (id === undefined) return undefined;
    const found = ofToken(id);
    if (found === undefined) return failure(404, "ResourceNotFound", `There is no token ${id}`);
    for (const one of tokens.values()) made.push(...one.made.filter((password) => !made.includes(password)));
    return found.service(request);
  };
  const azure = await startStandIn(operations.service, registries, vault.service);
  return {
    azure,
    vault,
    get passwords() {
      return [...tokens.values()].flatMap((one) => one.made).concat(made);
    },
  };
}

/** The token that a request is about: in its path, or in what it brings. */
function tokenOf({ path, body }: ApiRequest): string | undefined {
  if (/\/registries\/[^/]+\/tokens\/[^/]+$/i.test(path)) return path;
  if (!/\/registries\/[^/]+\/generateCredentials$/i.test(path)) return undefined;
  const id: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "tokenId") : undefined;
  return typeof id === "string" ? id : undefined;
}
