import { DualRegistryError } from "../../base/errors";
import type { Credential } from "../auth/credential";
import type { Environment } from "./environment";
import { writeLogin } from "./loginFile";
import { type PlatformEndpoints, platformLogin } from "./platformLogin";

/** The user's name beside a refresh token of Azure's. Source: Azure Container Registry, "az acr login --expose-token". */
const TOKEN_USER = "00000000-0000-0000-0000-000000000000";

/** Where a platform's login is kept, and of whom it is. */
export interface KeptLogin {
  from: string;
  keptIn: string;
}

/**
 * Keeps the login that a platform gives for a host of its own where `docker login` keeps its own, so that other tools,
 * such as a scanner, find it. Of Azure that is the registry's own refresh token: the Entra token that it was exchanged for
 * goes to the registry alone, and is kept nowhere.
 *
 * @param endpoints for tests on loopback
 * @returns undefined for a host of no platform, which gets nothing
 * @throws DualRegistryError REGISTRY_AUTH where there is no identity, or it is refused
 */
export async function keepPlatformLogin(
  host: string,
  env: Environment,
  endpoints?: PlatformEndpoints,
): Promise<KeptLogin | undefined> {
  const login = await platformLogin(host, env, endpoints);
  if (login === undefined) return undefined;
  const { username, password } = nameAndPassword(host, login.credential);
  return { from: login.credential.from, keptIn: await writeLogin(host, username, password, env) };
}

function nameAndPassword(host: string, credential: Credential): { username: string; password: string } {
  switch (credential.kind) {
    case "identity-token":
      return { username: TOKEN_USER, password: credential.token };
    case "basic":
      return credential;
    case "anonymous":
      throw new DualRegistryError(
        "REGISTRY_AUTH",
        `${host}: ${credential.from}; log in to the platform first, as azure/login does in a workflow`,
      );
  }
}
