/** The names Docker Hub has, and the one its logins are stored under. Source: Docker CLI, `docker login`. */
const HUB = ["docker.io", "index.docker.io", "registry-1.docker.io"];
const HUB_KEY = "https://index.docker.io/v1/";

/** The name that a host's login is stored under. */
export const storedUnder = (host: string): string => (HUB.includes(host.toLowerCase()) ? HUB_KEY : host.toLowerCase());

/**
 * The names a host's login may be found under: the host itself, and addresses that older tools wrote for exactly this
 * host. Never a part of it, a parent domain or a path below it.
 */
export function namesOf(host: string): readonly string[] {
  const key = storedUnder(host);
  if (key === HUB_KEY) return [HUB_KEY, ...HUB];
  return [key, ...["", "/", "/v1", "/v1/", "/v2", "/v2/"].map((path) => `https://${key}${path}`)];
}

/** What a map has for a host under the first of its names. Host names have no case. */
export function findFor<T>(map: ReadonlyMap<string, T>, host: string): T | undefined {
  const lower = new Map([...map].map(([name, value]) => [name.toLowerCase(), value]));
  const name = namesOf(host).find((one) => lower.has(one));
  return name === undefined ? undefined : lower.get(name);
}
