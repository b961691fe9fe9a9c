import type { Credential, CredentialSource } from "../auth/credential";
import type { Environment } from "./environment";
import { fileLogin, scopedPaths } from "./loginFile";
import { isAtOrBelow } from "./loginKeys";
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
 * host is asked for once at a time, and again in time before a login ends; a repository apart from its host only where a
 * file has a login for some repositories of it.
 *
 * The source throws DualRegistryError: CONFIG_INVALID for a file that is broken, REGISTRY_AUTH for a helper or a platform
 * that fails.
 */
export function credentialsFor(env: Environment, options: CredentialOptions = {}): RenewableSource {
  const now = options.now ?? Date.now;
  const known = new Map<string, Held>();
  const scoped = new Map<string, { paths: Promise<readonly string[]>; until: number }>();
  const pathsOf = (host: string): Promise<readonly string[]> => {
    const held = scoped.get(host);
    if (held !== undefined && held.until > now()) return held.paths;
    const paths = scopedPaths(host, env);
    paths.catch(() => scoped.delete(host));
    scoped.set(host, { paths, until: now() + KEEP_MS });
    return paths;
  };
  const source = async (host: string, repository?: string): Promise<Credential> => {
    const paths = repository === undefined ? [] : await pathsOf(host);
    const key = [host, ...paths.filter((path) => isAtOrBelow(repository ?? "", path))].join(" ");
    const held = known.get(key);
    if (held !== undefined && held.until > now()) return held.login;
    const entry: Held = { host, login: Promise.resolve<Credential>(NOBODY), until: Infinity };
    entry.login = find(host, env, { endpoints: options.endpoints, repository }).then(
      ({ credential, until }) => {
        entry.until = until === undefined ? now() + KEEP_MS : renewAt(now(), until);
        return credential;
      },
      (error: unknown) => {
        if (known.get(key) === entry) known.delete(key);
        throw error;
      },
    );
    known.set(key, entry);
    return entry.login;
  };
  const forget = (host: string): void => {
    scoped.delete(host);
    for (const [key, held] of known) if (held.host === host) known.delete(key);
  };
  return Object.assign(source, { forget });
}

/** A login that is kept, or is just being looked for. */
interface Held {
  host: string;
  login: Promise<Credential>;
  /** Milliseconds since 1970. */
  until: number;
}

const NOBODY: Credential = { kind: "anonymous", from: "no login found" };

async function find(
  host: string,
  env: Environment,
  { endpoints, repository }: { endpoints: PlatformEndpoints | undefined; repository: string | undefined },
): Promise<PlatformLogin> {
  const fromFile = await fileLogin(host, env, repository);
  if (fromFile !== undefined) return { credential: fromFile };
  return (await platformLogin(host, env, endpoints)) ?? { credential: NOBODY };
}

const renewAt = (now: number, until: number): number => Math.max(until - EARLY_MS, now + (until - now) / 2);
