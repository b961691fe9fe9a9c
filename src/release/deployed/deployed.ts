import type { DeployedHere } from "../../domain/sweep";
import { DualRegistryError } from "../../errors";
import { isDigest, type Digest } from "../../oci/digest";

/** What is deployed, as far as a source says. */
export interface Deployed {
  digests: Set<Digest>;
  /** Images that are deployed by a tag; without a path where the source names the tag alone, which is then any image's. */
  tags: { path?: string; tag: string }[];
  /** What could not be read whole, for people. */
  notes: string[];
}

export const nothingDeployed = (): Deployed => ({ digests: new Set(), tags: [], notes: [] });

const DIGEST = /sha256:[0-9a-f]{64}(?![0-9a-f])|sha512:[0-9a-f]{128}(?![0-9a-f])/g;

/** Notes every digest that stands in a text, of whatever it is. */
export function addDigests(deployed: Deployed, text: string): boolean {
  const digests = [...text.matchAll(DIGEST)].map(([digest]) => digest).filter(isDigest);
  for (const digest of digests) deployed.digests.add(digest);
  return digests.length > 0;
}

/** Longest text that is looked at as an image's address. */
const LONGEST = 4096;

/**
 * Notes an image's address: its digest, or path and tag where it has none. The host is left out, since one registry has
 * several (login server, vanity host, mirror).
 *
 * @param options.implicitLatest takes a path alone for its tag `latest`, as runtimes do (default: true)
 * @returns false where the text is no address of an image
 */
export function addReference(deployed: Deployed, text: string, options: { implicitLatest?: boolean } = {}): boolean {
  const { implicitLatest = true } = options;
  if (text.length > LONGEST) return false;
  const address = text.replace(/^[a-z-]+:\/\//, "");
  const digested = addDigests(deployed, address);
  const [named = ""] = address.split("@");
  if (/^sha(?:256|512)(?::|$)/.test(named)) return digested;
  const match = /^((?:[A-Za-z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9][a-z0-9._/-]*):([A-Za-z0-9_][A-Za-z0-9._-]{0,127})$/.exec(
    named,
  );
  const [, path, tag] = match ?? [];
  if (path !== undefined && tag !== undefined) deployed.tags.push({ path: pathOf(path), tag });
  else if (implicitLatest && !digested && /^[A-Za-z0-9.:-]+(?:\/[a-z0-9._-]+)*$/.test(named)) {
    deployed.tags.push({ path: pathOf(named), tag: "latest" });
    return true;
  }
  return digested || match !== null;
}

/** An address without its host. A first part is a host where it has a dot or a port, or is localhost. */
function pathOf(address: string): string {
  const slash = address.indexOf("/");
  const first = slash < 0 ? "" : address.slice(0, slash);
  return /[.:]|^localhost$/.test(first) ? address.slice(slash + 1) : address;
}

/**
 * What is deployed of one repository. A mirror may have put a path in front of it, and a namespace stands in front of a
 * repository of the map: either counts.
 *
 * @param repository its path, as it stands behind the host
 */
export function deployedIn(repository: string, all: readonly Deployed[]): DeployedHere {
  const ours = ({ path }: Deployed["tags"][number]) =>
    path === undefined || `/${path}`.endsWith(`/${repository}`) || `/${repository}`.endsWith(`/${path}`);
  return {
    digests: new Set(all.flatMap(({ digests }) => [...digests])),
    tags: new Set(all.flatMap(({ tags }) => tags.filter(ours).map(({ tag }) => tag))),
  };
}

/**
 * A source that names nothing would let everything go, and is more often a mistake than the truth.
 *
 * @throws DualRegistryError CONTENT_INVALID where nothing is named
 */
export function somethingDeployed(deployed: Deployed, where: string, holds: string): Deployed {
  if (deployed.digests.size > 0 || deployed.tags.length > 0) return deployed;
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${where}: names no image, so nothing would be spared; allowed: ${holds}; where nothing is deployed, leave it out`,
  );
}
