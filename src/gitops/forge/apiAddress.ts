import { type Forge, type GitOpsRepository, parseGitAddress } from "../../domain/gitops";

/**
 * The public services: their git has a second name for networks that let port 443 alone through. Sources: GitHub, "Using SSH
 * over the HTTPS port"; GitLab, "GitLab.com settings", "Alternative SSH port".
 */
const PUBLIC: Readonly<Record<Forge, { hosts: readonly string[]; api: string }>> = {
  github: { hosts: ["github.com", "ssh.github.com"], api: "https://api.github.com" },
  gitlab: { hosts: ["gitlab.com", "altssh.gitlab.com"], api: "https://gitlab.com/api/v4" },
};

/** Sources: GitHub Enterprise Server, "Getting started with the REST API"; GitLab, "REST API". */
const BELOW: Readonly<Record<Forge, string>> = { github: "/api/v3", gitlab: "/api/v4" };

/**
 * Where the interface of a repository's forge is, and its token goes: as configured, else at the host of the repository. The
 * port of a web address is the server's, and stays; that of an SSH address is of SSH alone.
 */
export function apiAddress({ forge, api, address }: GitOpsRepository): string {
  if (api !== undefined) return api;
  const place = parseGitAddress(address);
  if (place === undefined || place.host === "") return PUBLIC[forge].api;
  const { protocol } = place;
  const { host, origin } = new URL(
    protocol === "http" || protocol === "https"
      ? `${protocol}://${place.host}`
      : `https://${place.host.replace(/:\d+$/, "")}`,
  );
  return PUBLIC[forge].hosts.includes(host) ? PUBLIC[forge].api : `${origin}${BELOW[forge]}`;
}
