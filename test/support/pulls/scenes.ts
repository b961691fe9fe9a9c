import type { Containerd } from "./containerd";
import type { TestRegistry } from "../registries";
import type { TwoRegistries } from "./world";

/** Where the images of these scenes lie: the API in both registries, the console in the secure one. */
export const SCENE_PLACES = { secure: ["orders/api", "orders/console"], standard: ["orders/api"] } as const;

/** Registry that clients ask for while a mirror answers. */
const MIRRORED = "mirrored.example.com";

/**
 * What containerd writes: of a pull from the secure registry, of the same once more, of one that asks for a login, of one
 * that a mirror answers (the standard registry, for a name at which no registry is), of one that the mirror does not have,
 * and of an image that is nowhere.
 */
export function playScenes(
  { pull, again, hosts }: Containerd,
  { secure, standard, guarded }: TwoRegistries,
): Record<string, string> {
  const mirror = (first: string, then: string) =>
    `server = "http://${then}"\n[host."http://${first}"]\n  capabilities = ["pull", "resolve"]\n`;
  const folder = hosts(MIRRORED, mirror(standard.host, secure.host));
  hosts("fallback.example.com", mirror(standard.host, secure.host));
  return {
    direct: pull(`${secure.host}/orders/api:v1.2.3`, "--plain-http"),
    again: again(`${secure.host}/orders/api:v1.2.3`, "--plain-http"),
    login: pull(`${guarded.host}/orders/api:v1.2.3`, "--plain-http", "--user", userOf(guarded)),
    mirror: pull(`${MIRRORED}/orders/api:v1.2.3`, "--hosts-dir", folder),
    fallback: pull("fallback.example.com/orders/console:v1.2.3", "--hosts-dir", folder),
    missing: pull(`${secure.host}/orders/none:v1.2.3`, "--plain-http"),
  };
}

const userOf = ({ credentials }: TestRegistry): string =>
  `${credentials?.username ?? ""}:${credentials?.password ?? ""}`;

/** What was written, without the hosts and folders of this machine: as fixtures have it. */
export const withoutMachine = (text: string, { secure, standard, guarded }: TwoRegistries): string =>
  text
    .replaceAll(secure.host, "secure.example.com")
    .replaceAll(guarded.host, "secure.example.com")
    .replaceAll(standard.host, "standard.example.com")
    .replaceAll(/dir=("?)[^\s"]*\/hosts\//g, "dir=$1/etc/hosts.d/");
