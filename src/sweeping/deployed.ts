import { z } from "zod";
import { decode } from "../base/decode/decode";
import { showPath } from "../base/decode/problems";
import { defined } from "../base/defined";
import { type Digest, isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { readBounded } from "../base/file";
import { fieldAt, fieldsOf, listOf, parseJson } from "../base/json";
import { isTag } from "../base/reference";
import { quoted } from "../base/text/quote";
import type { DeployedHere } from "../domain/sweep/planSweep";

/** What is deployed, as far as a source says. */
export interface Deployed {
  digests: Set<Digest>;
  /** Images that are deployed by a tag; without a path where the source names the tag alone, which is then any image's. */
  tags: { path?: string; tag: string }[];
  /** Repositories of the map of which something runs that nobody can tell: where, and why. They are not swept. */
  unresolved: { repository: string; why: string }[];
  /** What could not be read whole, for people. */
  notes: string[];
}

export const nothingDeployed = (): Deployed => ({ digests: new Set(), tags: [], unresolved: [], notes: [] });

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

/** Bytes of the largest list that is read. */
const MAX_LIST = 16 * 1024 * 1024;

const HOLDS =
  "a digest, or an image's address with tag or digest, a line, or a JSON list of them, or what dualreg deployed prints";

/** What `dualreg deployed --format json` says of everything together, whatever else stands beside it. */
const deployedDocument = z.object({
  version: z.literal(1),
  deployed: z.object({
    digests: z.array(z.string().refine(isDigest, "not a digest")).transform((all) => new Set(all)),
    tags: z.array(
      z
        .object({ path: z.string().max(LONGEST).optional(), tag: z.string().refine(isTag, "not a tag") })
        .transform(({ path, tag }) => ({ tag, ...defined({ path }) })),
    ),
    unresolved: z.array(z.object({ repository: z.string(), why: z.string() })),
    notes: z.array(z.string()),
  }),
});

/** What is deployed, as JSON holds it and {@link readDeployedList} reads it. */
export const deployedJson = ({ digests, tags, unresolved, notes }: Deployed) => ({
  ...{ digests: [...digests].sort(), tags, unresolved, notes },
});

/** What several sources say together. */
export const mergeDeployed = (all: readonly Deployed[]): Deployed => ({
  digests: new Set(all.flatMap(({ digests }) => [...digests])),
  tags: all.flatMap(({ tags }) => tags),
  unresolved: all.flatMap(({ unresolved }) => unresolved),
  notes: all.flatMap(({ notes }) => notes),
});

function readDocument(bytes: Buffer, where: string): Deployed {
  const { data, error } = decode(deployedDocument, parseJson(bytes, where));
  if (data !== undefined) {
    // Where a checkout names images that cannot be told, something is named.
    return data.deployed.unresolved.length > 0 ? data.deployed : somethingDeployed(data.deployed, where, HOLDS);
  }
  const [issue] = error.issues;
  const at = showPath(issue?.path ?? []);
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${where}: ${at}: ${issue?.message ?? "unreadable"}; allowed: ${HOLDS}`,
  );
}

function entries(bytes: Buffer, where: string): readonly unknown[] {
  const text = bytes.toString("utf8").trim();
  if (text.startsWith("[")) {
    const list = parseJson(bytes, where);
    return Array.isArray(list) ? list : [];
  }
  return text
    .split("\n")
    .map((line) => line.replace(/(?:^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/**
 * What is deployed, by a list. An entry that is neither is refused: skipping it could delete what it meant.
 *
 * @param file a file's name, or `-` for standard input
 * @throws DualRegistryError CONTENT_INVALID, USAGE
 */
export function readDeployedList(file: string): Deployed {
  const where = `Deployed images ${quoted(file)}`;
  const bytes = readBounded(file, MAX_LIST);
  if (/^\s*\{/.test(bytes.toString("utf8", 0, 64))) return readDocument(bytes, where);
  const deployed = nothingDeployed();
  entries(bytes, where).forEach((entry, at) => {
    if (typeof entry === "string" && addReference(deployed, entry, { implicitLatest: false })) return;
    const shown = typeof entry === "string" ? quoted(entry) : "not a text";
    throw new DualRegistryError("CONTENT_INVALID", `${where}: entry ${at + 1}: ${shown}; allowed: ${HOLDS}`);
  });
  return somethingDeployed(deployed, where, HOLDS);
}

/** Bytes of the largest list of pods that is read. */
const MAX_PODS = 256 * 1024 * 1024;

const RUN = "the output of: kubectl get pods --all-namespaces --output json";
const CONTAINERS = ["containers", "initContainers", "ephemeralContainers"] as const;
const STATUSES = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] as const;

/** The addresses a pod names: what was asked for, and what the runtime says it runs. */
function addressesOf(pod: unknown): unknown[] {
  const { spec, status } = fieldsOf(pod);
  const asked = CONTAINERS.flatMap((name) => listOf(fieldsOf(spec)[name]).map((one) => fieldsOf(one)["image"]));
  const statuses = STATUSES.flatMap((name) => listOf(fieldsOf(status)[name]));
  const volumes = listOf(fieldsOf(spec)["volumes"]).map((one) => fieldAt(one, "image", "reference"));
  const mounted = statuses
    .flatMap((one) => listOf(fieldsOf(one)["volumeMounts"]))
    .map((mount) => fieldAt(mount, "volumeStatus", "image", "imageRef"));
  return [...asked, ...volumes, ...statuses.map((one) => fieldsOf(one)["imageID"]), ...mounted];
}

/**
 * What a cluster runs, by the list of its pods. Source: Kubernetes API v1, Pod: spec.containers[].image,
 * spec.volumes[].image.reference, status.containerStatuses[].imageID (`docker-pullable://host/path@sha256:...`, `host/path@sha256:...` or `sha256:...`).
 *
 * @param file a file's name, or `-` for standard input
 * @throws DualRegistryError CONTENT_INVALID for what is no list of pods, or only a part of one; USAGE
 */
export function readKubernetes(file: string): Deployed {
  const where = `Pods ${quoted(file)}`;
  const refuse = (why: string): never => {
    throw new DualRegistryError("CONTENT_INVALID", `${where}: ${why}; allowed: ${RUN}`);
  };
  const { kind, items, metadata } = fieldsOf(parseJson(readBounded(file, MAX_PODS), where));
  if (kind !== "List" && kind !== "PodList") return refuse("not a list of pods");
  if (!Array.isArray(items)) return refuse("items is not a list");
  if (fieldsOf(metadata)["continue"]) return refuse("a part of the list only");
  const deployed = nothingDeployed();
  for (const pod of listOf(items)) {
    for (const address of addressesOf(pod)) {
      // A container that has not begun has an empty imageID.
      if (address === undefined || address === "") continue;
      if (typeof address === "string" && addReference(deployed, address)) continue;
      refuse(`image ${typeof address === "string" ? quoted(address) : "of another type"} is not an image's address`);
    }
  }
  return somethingDeployed(deployed, where, RUN);
}
