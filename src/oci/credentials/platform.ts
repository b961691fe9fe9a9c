import type { Credential } from "../auth/credential";
import { azureLogin } from "./azure";
import { ecrLogin } from "./ecr";
import { valueOf, type Environment } from "./environment";
import { googleLogin } from "./google";

/** A login, and until when it is good; without a time it is as good as long as its source stays the same. */
export interface PlatformLogin {
  credential: Credential;
  /** Milliseconds since 1970. */
  until?: number;
}

/** Where the platforms are asked, for tests on loopback. */
export interface PlatformEndpoints {
  /** Where `/oauth2/exchange` of an Azure registry is. Default `https://<host>`. */
  azureRegistry?: (host: string) => string;
}

const AZURE = /^[a-z0-9]+(?:-[a-z0-9]+)?\.azurecr\.(?:io|cn|us)$/;
const ECR = /^\d{12}\.dkr\.ecr(-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/;
const GOOGLE = /^[a-z0-9]+(?:-[a-z0-9]+)*-docker\.pkg\.dev$/;

/**
 * The login that a platform gives for a host of its own; `undefined` for every other host. The form of the host is
 * compared whole, since whoever is taken for a platform's registry is sent a token.
 *
 * The platforms' own libraries read the variables of this process, not `env`.
 *
 * @throws DualRegistryError REGISTRY_AUTH where there is an identity and it is refused
 */
export async function platformLogin(
  host: string,
  env: Environment,
  endpoints: PlatformEndpoints = {},
): Promise<PlatformLogin | undefined> {
  const name = host.toLowerCase();
  if (AZURE.test(name)) return azureLogin(name, endpoints.azureRegistry?.(name) ?? `https://${name}`);
  const ecr = ECR.exec(name);
  if (ecr) return ecrLogin(name, ecr[2] ?? "", ecr[1] !== undefined);
  if (GOOGLE.test(name)) return googleLogin(name);
  const token = valueOf(env, "GITHUB_TOKEN");
  if (name !== "ghcr.io" || token === undefined) return undefined;
  const username = valueOf(env, "GITHUB_ACTOR") ?? "x-access-token";
  return { credential: { kind: "basic", username, password: token, from: "GITHUB_TOKEN" } };
}
