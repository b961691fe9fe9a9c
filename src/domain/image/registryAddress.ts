import { defined } from "../../base/defined";
import {
  AZURE_HOSTS,
  isAzureHost,
  isDockerHub,
  isGitHubHost,
  DOCKER_HUB,
  isGoogleHost,
  parseEcrHost,
  parseGoogleHost,
} from "../../base/registryHost";
import type { RegistryKind } from "./registryKind";

/** What the address of a repository says of its place, part by part; a part that its kind does not have is absent. */
export interface RegistryParts {
  /** Amazon's account, twelve digits. */
  account?: string;
  /** Amazon's region, or Google's location. */
  region?: string;
  /** Google's project, Harbor's project or GitLab's group with its projects. */
  project?: string;
  /** Owner at GitHub, organization or user at Quay and at Docker Hub. */
  owner?: string;
  /** Name of an Azure registry; name of a repository of Artifact Registry, which holds many images. */
  registry?: string;
  /** The path that is left for the image itself. */
  image: string;
}

/** What the address of a registry of one kind is like. */
interface AddressForm {
  /** True for a host that only a registry of this kind has; absent where it may run anywhere. */
  owns?: (host: string) => boolean;
  /** Hosts at which a company may run this kind itself, beside those that it owns; absent where it owns all or may run anywhere. */
  alsoAt?: RegExp;
  /** Hosts of this kind, for messages. */
  hosts: string;
  /** Segments of a path in it, the least and the most. */
  segments: readonly [least: number, most: number];
  /** A path in it, for messages. */
  path: string;
  parts: (host: string, path: readonly string[]) => RegistryParts;
}

const ANY = Number.POSITIVE_INFINITY;
const ANYWHERE = "a host that is not another kind's own, such as registry.example.com";
const joined = (segments: readonly string[]): string => segments.join("/");

/** The first segment is whose it is, the rest is the image. */
const ownedBy = (_: string, [owner, ...rest]: readonly string[]): RegistryParts => ({
  ...defined({ owner }),
  image: joined(rest),
});

const inProject = (_: string, [project, ...rest]: readonly string[]): RegistryParts => ({
  ...defined({ project }),
  image: joined(rest),
});

/** A project of a domain, `example.com:shop`, is `example.com/shop` in a path. */
function googleParts(host: string, path: readonly string[]): RegistryParts {
  const place = parseGoogleHost(host);
  const length = path[0]?.includes(".") === true ? 2 : 1;
  const [project, rest] = [path.slice(0, length).join(":"), path.slice(length)];
  const region = defined({ region: place?.location });
  // Of gcr.io the host itself names the repository of Artifact Registry.
  if (place?.gcr === true) return { ...region, project, registry: host.toLowerCase(), image: joined(rest) };
  return { ...region, project, ...defined({ registry: rest[0] }), image: joined(rest.slice(1)) };
}

function amazonParts(host: string, path: readonly string[]): RegistryParts {
  const { account, region } = parseEcrHost(host) ?? {};
  return { ...defined({ account, region }), image: joined(path) };
}

/**
 * The address of each kind. Sources: Azure Container Registry, "Registry domain names"; GitHub, "Working with the
 * Container registry"; Amazon ECR user guide, "Amazon ECR private registries"; Google Cloud, "Repository and image names";
 * Quay, "Extended repository names"; Harbor, "Working with projects"; GitLab, "Container registry", naming convention;
 * Docker, "Repositories".
 */
const FORMS: Readonly<Record<RegistryKind, AddressForm>> = {
  acr: {
    owns: isAzureHost,
    hosts: AZURE_HOSTS,
    segments: [1, ANY],
    path: "orders/api",
    // A hash that Azure puts behind the name is not part of it.
    parts: (host, path) => ({ registry: host.split(/[.-]/)[0]?.toLowerCase() ?? "", image: joined(path) }),
  },
  ghcr: {
    owns: isGitHubHost,
    // Source: GitHub Enterprise Server, "Working with the Container registry".
    alsoAt: /^containers\.[a-z0-9-]+(?:\.[a-z0-9-]+)+$/,
    hosts: "ghcr.io, or containers.<host> of GitHub Enterprise",
    segments: [2, ANY],
    path: "<owner>/<image>",
    parts: ownedBy,
  },
  ecr: {
    owns: (host) => parseEcrHost(host) !== undefined,
    hosts:
      "<account>.dkr.ecr.<region>.amazonaws.com, <account>.dkr-ecr.<region>.on.aws, and their like for FIPS and China",
    segments: [1, ANY],
    path: "orders/api",
    parts: amazonParts,
  },
  gar: {
    owns: isGoogleHost,
    hosts: "<location>-docker.pkg.dev, gcr.io, us.gcr.io, eu.gcr.io, asia.gcr.io",
    segments: [2, ANY],
    path: "<project>/<repository>/<image>, at gcr.io <project>/<image>",
    parts: googleParts,
  },
  quay: { hosts: `quay.io, or ${ANYWHERE}`, segments: [2, ANY], path: "<organization>/<image>", parts: ownedBy },
  harbor: { hosts: ANYWHERE, segments: [2, ANY], path: "<project>/<image>", parts: inProject },
  gitlab: {
    hosts: `registry.gitlab.com, or ${ANYWHERE}`,
    segments: [2, ANY],
    path: "<group>/<project>, with up to two names behind it",
    // Where a group ends and an image begins no path says.
    parts: (_, path) => ({ project: joined(path.slice(0, -1)), image: path.at(-1) ?? "" }),
  },
  dockerhub: {
    owns: (host) => isDockerHub(host) || host.toLowerCase() === DOCKER_HUB,
    hosts: `docker.io, index.docker.io, ${DOCKER_HUB}`,
    segments: [2, 2],
    path: "<organization>/<image>, of two names and no more",
    parts: ownedBy,
  },
  distribution: {
    hosts: ANYWHERE,
    segments: [1, ANY],
    path: "orders/api",
    parts: (_, path) => ({ image: joined(path) }),
  },
};

/** Hosts at which one company runs a kind that others run as well. */
const HOSTED: Readonly<Record<string, RegistryKind>> = { "quay.io": "quay", "registry.gitlab.com": "gitlab" };

/** The kind of a registry by its host alone; undefined where any of several may run. */
export function kindOfHost(host: string): RegistryKind | undefined {
  const name = host.toLowerCase();
  if (Object.hasOwn(HOSTED, name)) return HOSTED[name];
  const entries = Object.entries(FORMS) as [RegistryKind, AddressForm][];
  return entries.find(([, { owns }]) => owns?.(name) === true)?.[0];
}

/** What is wrong, and what is allowed in its place. */
export interface AddressProblem {
  what: string;
  allowed: string;
}

/** Why a host is not one of a kind's registries; undefined where it is. */
export function hostProblem(kind: RegistryKind, host: string): AddressProblem | undefined {
  const { owns, alsoAt, hosts } = FORMS[kind];
  const [, name = host, port] = /^(.*?)(:\d+)?$/.exec(host) ?? [];
  const is = kindOfHost(name);
  if (is !== undefined && port !== undefined) {
    return { what: `has a port, and ${name} is on its usual one alone`, allowed: `kind: ${is}, host: ${name}` };
  }
  if (is === kind || (is === undefined && (owns === undefined || alsoAt?.test(host) === true))) return undefined;
  const what = is === undefined ? `is no host of kind ${kind}` : `is a registry of kind ${is}, not ${kind}`;
  return { what, allowed: is === undefined ? hosts : `kind: ${is}, or ${hosts}` };
}

/** How many segments a path in a registry must have at least; one more in Artifact Registry's own hosts than at gcr.io. */
function leastSegments(kind: RegistryKind, host: string, path: readonly string[]): number {
  if (kind !== "gar") return FORMS[kind].segments[0];
  const own = parseGoogleHost(host)?.gcr === true ? 2 : 3;
  return path[0]?.includes(".") === true ? own + 1 : own;
}

/**
 * Why no image of a registry can have a path; undefined where one can.
 *
 * @param path the whole path in the registry, its namespace in front
 */
export function pathProblem(kind: RegistryKind, host: string, path: string): AddressProblem | undefined {
  const segments = path.split("/");
  const least = leastSegments(kind, host, segments);
  const most = FORMS[kind].segments[1];
  if (segments.length >= least && segments.length <= most) return undefined;
  const what = `is a path of ${segments.length} name${segments.length === 1 ? "" : "s"}`;
  return {
    what: `${what}, and ${kind} takes ${least === most ? least : segments.length < least ? `${least} at least` : `${most} at most`}`,
    allowed: FORMS[kind].path,
  };
}

/**
 * Takes an address apart by the rules of its kind.
 *
 * @param path the whole path in the registry, its namespace in front; it must be one that {@link pathProblem} takes
 */
export const registryParts = (kind: RegistryKind, host: string, path: string): RegistryParts =>
  FORMS[kind].parts(host, path.split("/"));

/** Where images of a registry are, whatever its host is called: two of one place are one registry. */
export interface RegistryPlace {
  /** The registry itself. */
  registry: string;
  /** The path in it; empty for all of it. */
  path: string;
}

/**
 * The place of a registry by the rules of its kind: ECR has a host for IPv4 alone and one for both, Artifact Registry serves
 * `gcr.io` too, Docker Hub has three names, and port 443 is what every host has anyway.
 */
export function placeOfRegistry(kind: RegistryKind, host: string, namespace = ""): RegistryPlace {
  const name = host.toLowerCase().replace(/:443$/, "");
  const ecr = parseEcrHost(name);
  if (ecr !== undefined) return { registry: `ecr ${ecr.account} ${ecr.region}`, path: namespace };
  const google = parseGoogleHost(name);
  if (google !== undefined) {
    const [project = "", ...rest] = namespace.split("/");
    const path = google.gcr ? [project, name, ...rest].join("/") : namespace;
    return { registry: `gar ${google.location}`, path };
  }
  if (kind === "dockerhub") return { registry: "dockerhub", path: namespace };
  return { registry: isAzureHost(name) ? placeOfAcr(name.split(".")[0] ?? "") : name, path: namespace };
}

/** The place of a registry in Azure, by its name, with the hash of its host where it has one. */
export const placeOfAcr = (name: string): string => `acr ${name.toLowerCase()}`;
