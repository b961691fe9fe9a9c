import type { Credential, CredentialSource } from "../auth/credential";
import type { Environment } from "./environment";
import { fileLogin } from "./loginFile";
import { type PlatformEndpoints, platformLogin, type PlatformLogin } from "./platformLogin";

/** A source that can be told that what it gave is good no more. */
export type RenewableSource = CredentialSource & { forget: (host: string) => void };

/** For tests: other places to ask, and another clock. */
export interface CredentialOptions {
  endpoints?: PlatformEndpoints;
  /** Milliseconds since 1970. Default `Date.now`. */
  now?: () => number;
}

/** Files and helpers are asked again after so long: somebody may have logged in anew. */
const KEEP_MS = 300_000;
/** A login that ends is renewed so long before, or at half its time, whichever is later. */
const EARLY_MS = 300_000;

/**
 * The logins of this machine, by exact host: from the files that `docker login` and `podman login` write and the
 * credential helpers they name; where those have none, from the platform the host belongs to; otherwise nobody's. Each
 * host is asked for once at a time, and again in time before a login ends.
 *
 * The source throws DualRegistryError: CONFIG_INVALID for a file that is broken, REGISTRY_AUTH for a helper or a platform
 * that fails.
 */
export function credentialsFor(env: Environment, options: CredentialOptions = {}): RenewableSource {
  const now = options.now ?? Date.now;
  const known = new Map<string, { login: Promise<Credential>; until: number }>();
  const source = (host: string): Promise<Credential> => {
    const held = known.get(host);
    if (held !== undefined && held.until > now()) return held.login;
    const entry = { login: Promise.resolve<Credential>(NOBODY), until: Infinity };
    entry.login = find(host, env, options.endpoints).then(
      ({ credential, until }) => {
        entry.until = until === undefined ? now() + KEEP_MS : renewAt(now(), until);
        return credential;
      },
      (error: unknown) => {
        if (known.get(host) === entry) known.delete(host);
        throw error;
      },
    );
    known.set(host, entry);
    return entry.login;
  };
  return Object.assign(source, { forget: (host: string) => void known.delete(host) });
}

const NOBODY: Credential = { kind: "anonymous", from: "no login found" };

async function find(host: string, env: Environment, endpoints?: PlatformEndpoints): Promise<PlatformLogin> {
  const fromFile = await fileLogin(host, env);
  if (fromFile !== undefined) return { credential: fromFile };
  return (await platformLogin(host, env, endpoints)) ?? { credential: NOBODY };
}

const renewAt = (now: number, until: number): number => Math.max(until - EARLY_MS, now + (until - now) / 2);
