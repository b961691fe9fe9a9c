import { DualRegistryError } from "../../errors";

const DEFAULT = "/var/run/docker.sock";

/**
 * The socket of the local engine: of DOCKER_HOST, or Docker's own.
 *
 * @throws DualRegistryError USAGE for an engine that is not reached by a socket
 */
export function engineSocket(env: Readonly<Record<string, string | undefined>>): string {
  const host = env["DOCKER_HOST"];
  if (host === undefined || host === "") return DEFAULT;
  if (host.startsWith("unix:///")) return host.slice("unix://".length);
  const scheme = /^[a-z]+:\/\//.exec(host)?.[0] ?? "no scheme";
  throw new DualRegistryError(
    "USAGE",
    `DOCKER_HOST begins with ${scheme}; allowed: unix:///path of a local engine's socket. ` +
      `From an engine elsewhere save the image first: docker save --output image.tar NAME, then docker-archive:image.tar`,
  );
}
