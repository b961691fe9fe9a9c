import type { Containerd } from "./containerd";
import type { TwoRegistries } from "./world";

/** Where the images of these scenes lie: the API in both registries, the console in the secure one. */
export const SCENE_PLACES = { secure: ["orders/api", "orders/console"], standard: ["orders/api"] } as const;

/** Registry that clients ask for while a mirror answers. */
const MIRRORED = "mirrored.example.com";

/**
 * What containerd writes: of a pull from the secure registry, of one that a mirror answers (the standard registry, for a
 * name at which no registry is), of one that the mirror does not have, and of an image that is nowhere.
 */
export function playScenes({ pull, hosts }: Containerd, { secure, standard }: TwoRegistries): Record<string, string> {
  const mirror = (first: string, then: string) =>
    `server = "http://${then}"\n[host."http://${first}"]\n  capabilities = ["pull", "resolve"]\n`;
  const folder = hosts(MIRRORED, mirror(standard.host, secure.host));
  hosts("fallback.example.com", mirror(standard.host, secure.host));
  return {
    direct: pull(`${secure.host}/orders/api:v1.2.3`, "--plain-http"),
    mirror: pull(`${MIRRORED}/orders/api:v1.2.3`, "--hosts-dir", folder),
    fallback: pull("fallback.example.com/orders/console:v1.2.3", "--hosts-dir", folder),
    missing: pull(`${secure.host}/orders/none:v1.2.3`, "--plain-http"),
  };
}
