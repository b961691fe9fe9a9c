import { DualRegistryError } from "../../base/errors";
import { tokenUserOf } from "../../base/registryHost";
import type { Credential } from "../auth/credential";
import type { Environment } from "./environment";
import { writeLogin } from "./loginFile";
import { type PlatformEndpoints, platformLogin } from "./platformLogin";

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
      return { username: tokenUserOf(host) ?? "", password: credential.token };
    case "basic":
      return credential;
    case "anonymous":
      throw new DualRegistryError(
        "REGISTRY_AUTH",
        `${host}: ${credential.from}; log in to the platform first, as azure/login does in a workflow`,
      );
  }
}
