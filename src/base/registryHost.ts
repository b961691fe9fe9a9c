const AZURE = /^[a-z0-9]+(?:-[a-z0-9]+)?\.azurecr\.(?:io|cn|us)$/i;

/** Where Azure's registries are, for messages. */
export const AZURE_HOSTS = "*.azurecr.io, *.azurecr.cn, *.azurecr.us";

/**
 * True for the login server of a registry of Azure's, on its usual port: one name, or one with the hash that Azure adds,
 * in front of a suffix. The endpoints for data and for one region, which have more labels, are none.
 * Source: Azure Container Registry, "Registry domain names".
 */
export const isAzureHost = (host: string): boolean => AZURE.test(host);

/** Where a registry of ECR's is, and whether it is one for FIPS. */
export interface EcrHost {
  /** The account that owns it, twelve digits. */
  account: string;
  region: string;
  fips: boolean;
}

/** Amazon's own domains of the clouds that are apart. Source: awslabs/amazon-ecr-credential-helper, the hosts it answers for. */
const AMAZON_DOMAINS = [
  ...["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"],
  ...["on.aws", "on.amazonwebservices.com.cn", "on.amazonwebservices.eu"],
  ...["c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk", "csp.hci.ic.gov"],
];
const ECR = new RegExp(
  `^(\\d{12})\\.dkr[.-]ecr(-fips)?\\.([a-z]{2,4}(?:-[a-z]+)+-\\d{1,2})\\.(?:${AMAZON_DOMAINS.join("|").replaceAll(".", "\\.")})$`,
  "i",
);

/**
 * A private registry of Amazon's, by its host for IPv4 alone or for both; undefined for every other host.
 * Source: Amazon ECR user guide, "Amazon ECR service endpoints" and "Getting started with making requests over IPv6".
 */
export function parseEcrHost(host: string): EcrHost | undefined {
  const [, account, fips, region] = ECR.exec(host) ?? [];
  if (account === undefined || region === undefined) return undefined;
  return { account, region: region.toLowerCase(), fips: fips !== undefined };
}

/** Where a registry of Google's is. */
export interface GoogleHost {
  /** A region or multi-region, such as `europe-west1` or `europe`; of `gcr.io` the one that it stands for. */
  location: string;
  /** True for a host of the shut Container Registry, which Artifact Registry serves. */
  gcr: boolean;
}

const ARTIFACT_REGISTRY = /^([a-z0-9]+(?:-[a-z0-9]+)*)-docker\.pkg\.dev$/i;
/** Source: Google Cloud, "Transition to repositories with gcr.io domain support". */
const GCR_LOCATIONS: Readonly<Record<string, string>> = {
  "gcr.io": "us",
  "us.gcr.io": "us",
  "eu.gcr.io": "europe",
  "asia.gcr.io": "asia",
};

/** A registry of Google's Artifact Registry; undefined for every other host. */
export function parseGoogleHost(host: string): GoogleHost | undefined {
  const name = host.toLowerCase();
  const [, location] = ARTIFACT_REGISTRY.exec(name) ?? [];
  if (location !== undefined) return { location, gcr: false };
  return Object.hasOwn(GCR_LOCATIONS, name) ? { location: GCR_LOCATIONS[name] ?? "", gcr: true } : undefined;
}

/** True for a registry of Google's Artifact Registry. */
export const isGoogleHost = (host: string): boolean => parseGoogleHost(host) !== undefined;

/** True for GitHub's registry. */
export const isGitHubHost = (host: string): boolean => host.toLowerCase() === "ghcr.io";

/** Where Docker Hub's registry is. Source: Docker, "Docker Hub", allow list of domains. */
export const DOCKER_HUB = "registry-1.docker.io";

/** True for the names by which images of Docker Hub are called, and at which no registry is. */
export const isDockerHub = (host: string): boolean => /^(?:index\.)?docker\.io$/i.test(host);

/** True for a host whose login a platform makes of an identity. Each of them is its own token server. */
export const isPlatformHost = (host: string): boolean =>
  isAzureHost(host) || parseEcrHost(host) !== undefined || isGoogleHost(host) || isGitHubHost(host);

/**
 * The user's name beside a token of a platform's; undefined for every other host, where each user has one.
 * Sources: Azure Container Registry, "az acr login --expose-token"; Amazon ECR, "Private registry authentication"; Google
 * Cloud, "Configure authentication to Artifact Registry for Docker"; of GitHub's any name will do.
 */
export function tokenUserOf(host: string): string | undefined {
  if (isAzureHost(host)) return "00000000-0000-0000-0000-000000000000";
  if (parseEcrHost(host) !== undefined) return "AWS";
  if (isGoogleHost(host)) return "oauth2accesstoken";
  return isGitHubHost(host) ? "x-access-token" : undefined;
}
