const AZURE = /^[a-z0-9]+(?:-[a-z0-9]+)?\.azurecr\.(?:io|cn|us)$/i;
const ECR = /^\d{12}\.dkr\.ecr(-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/i;
const GOOGLE = /^[a-z0-9]+(?:-[a-z0-9]+)*-docker\.pkg\.dev$/i;

/** Where Azure's registries are, for messages. */
export const AZURE_HOSTS = "*.azurecr.io, *.azurecr.cn, *.azurecr.us";

/**
 * True for the login server of a registry of Azure's, on its usual port: one name, or one with the hash that Azure adds,
 * in front of a suffix. The endpoints for data and for one region, which have more labels, are none.
 * Source: Azure Container Registry, "Registry domain names".
 */
export const isAzureHost = (host: string): boolean => AZURE.test(host);

/** The region of a registry of ECR's, and whether it is one for FIPS; undefined for every other host. */
export function ecrRegion(host: string): { region: string; fips: boolean } | undefined {
  const [, fips, region] = ECR.exec(host) ?? [];
  return region === undefined ? undefined : { region: region.toLowerCase(), fips: fips !== undefined };
}

/** True for a registry of Google's Artifact Registry. */
export const isGoogleHost = (host: string): boolean => GOOGLE.test(host);

/** True for GitHub's registry. */
export const isGitHubHost = (host: string): boolean => host.toLowerCase() === "ghcr.io";

/** Where Docker Hub's registry is. Source: Docker, "Docker Hub", allow list of domains. */
export const DOCKER_HUB = "registry-1.docker.io";

/** True for the names by which images of Docker Hub are called, and at which no registry is. */
export const isDockerHub = (host: string): boolean => /^(?:index\.)?docker\.io$/i.test(host);

/** True for a host whose login a platform makes of an identity. Each of them is its own token server. */
export const isPlatformHost = (host: string): boolean =>
  isAzureHost(host) || ecrRegion(host) !== undefined || isGoogleHost(host) || isGitHubHost(host);
