import { DOCKER_HUB, isDockerHub } from "../../base/registryHost";

/** What the logins of Docker Hub are stored under. Source: Docker CLI, `docker login`. */
const HUB_KEY = "https://index.docker.io/v1/";

/** True for each of Docker Hub's names. */
const isHub = (host: string): boolean => isDockerHub(host) || host.toLowerCase() === DOCKER_HUB;

/** The name that a host's login is stored under. */
export const storedUnder = (host: string): string => (isHub(host) ? HUB_KEY : host.toLowerCase());

/** What a key of `auths` stands for. */
interface LoginKey {
  /** In lower case, with its port. */
  host: string;
  /** The repositories that it is for: those at or below this path. Absent where it is for all of the host. */
  path?: string;
}

/**
 * Reads a key of `auths`: a host, an address that older tools wrote, whose path says nothing, or, as Podman writes it,
 * a host with the path of some repositories. Sources: Docker CLI, ConvertToHostname; containers-auth.json(5).
 */
function parseKey(key: string): LoginKey {
  const [, scheme, host = "", rest = ""] = /^(https?:\/\/)?([^/]*)(.*)$/is.exec(key) ?? [];
  const path = rest.replace(/^\/+|\/+$/g, "");
  const whole = scheme !== undefined || path === "" || path === "v1" || path === "v2";
  return { host: host.toLowerCase(), ...(whole ? {} : { path }) };
}

/** Host names have no case, and Docker Hub has several. */
const isSameHost = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase() || (isHub(one) && isHub(other));

/** True for keys of the host itself, and not of some of its repositories. */
function isOfHost(key: string, host: string): boolean {
  const { host: named, path } = parseKey(key);
  return path === undefined && isSameHost(named, host);
}

/** What a map has for a host: under the name that Docker stores it by, else under the first that stands for the host. */
export function findFor<T>(map: ReadonlyMap<string, T>, host: string): T | undefined {
  const stored = storedUnder(host);
  const names = [...map.keys()].filter((key) => isOfHost(key, host));
  const name = names.find((key) => key.toLowerCase() === stored) ?? names[0];
  return name === undefined ? undefined : map.get(name);
}

/** The keys of `auths` that are for some repositories of a host and not for all, with their paths. */
export const scopedKeys = (auths: ReadonlyMap<string, unknown>, host: string): { key: string; path: string }[] =>
  [...auths.keys()].flatMap((key) => {
    const { host: named, path } = parseKey(key);
    return path !== undefined && isSameHost(named, host) ? [{ key, path }] : [];
  });

/** True where a repository is the one of a path, or below it. */
export const isAtOrBelow = (repository: string, path: string): boolean =>
  repository === path || repository.startsWith(`${path}/`);

/** The keys of `auths` that a repository is under, the longest path first. */
export function keysAbove(
  auths: ReadonlyMap<string, unknown>,
  host: string,
  repository: string | undefined,
): readonly string[] {
  if (repository === undefined) return [];
  return scopedKeys(auths, host)
    .filter(({ path }) => isAtOrBelow(repository, path))
    .sort((one, other) => other.path.length - one.path.length)
    .map(({ key }) => key);
}
