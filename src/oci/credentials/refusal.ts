import { DualRegistryError } from "../../errors";
import type { PlatformLogin } from "./platform";

/**
 * A platform has no identity here: the registry is then asked without a login, which some content allows. Where it
 * refuses, the message says why there was none.
 */
export const noIdentity = (platform: string, what: string): PlatformLogin => ({
  credential: { kind: "anonymous", from: `no login: ${platform} has no identity here (${what})` },
});

/** A platform, or its registry, refused an identity. What it answered stays out: it may hold what was sent. */
export function refused(platform: string, host: string, why: string, todo: string): DualRegistryError {
  return new DualRegistryError("REGISTRY_AUTH", `${host}: ${platform} gave no login: ${why.slice(0, 200)}; ${todo}`);
}

/** An error's class, by the name that libraries give it; never its text. */
export const nameOfError = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
