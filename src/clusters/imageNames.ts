import { defined } from "../base/defined";
import { type Digest, isDigest } from "../base/digest";
import { isRepository, isTag } from "../base/reference";

/** An image as a pod names it: what was asked for, which the registry need not confirm. */
export interface AskedImage {
  /** Host and path, Docker's defaults put in: `docker.io/library/nginx` for `nginx`. */
  repository: string;
  tag?: string;
  digest?: Digest;
}

/** What a runtime says that a container runs. */
export interface RunningImage {
  /** Host and path of the registry that was asked, also where a mirror answered; absent where the runtime names none. */
  repository?: string;
  /** Of a manifest or index where a repository stands with it; else of the image's configuration. */
  digest: Digest;
}

/** Longest text that is looked at as an image. */
const LONGEST = 4096;

/**
 * Host and path of a name. A first part is a host where it has a dot or a port, or is localhost. Source: Docker's
 * distribution/reference, "ParseNormalizedNamed".
 */
function repositoryOf(name: string): string | undefined {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const hasHost = /[.:]|^localhost$/.test(first);
  const host = hasHost ? first : "docker.io";
  const path = hasHost ? name.slice(slash + 1) : slash < 0 ? `library/${name}` : name;
  return isRepository(path) && /^[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(host) ? `${host}/${path}` : undefined;
}

/** An image as a pod's spec names it, `name[:tag][@digest]`; undefined for what no runtime could pull. */
export function parseAsked(text: string): AskedImage | undefined {
  if (text.length > LONGEST) return undefined;
  const [named = "", digest, more] = text.split("@");
  if (more !== undefined || (digest !== undefined && !isDigest(digest))) return undefined;
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const repository = repositoryOf(hasTag ? named.slice(0, colon) : named);
  const tag = hasTag ? named.slice(colon + 1) : digest === undefined ? "latest" : undefined;
  if (repository === undefined || (tag !== undefined && !isTag(tag))) return undefined;
  return { repository, ...defined({ tag, digest }) };
}

/**
 * What a status says of a container's image: `host/path@sha256:...` of containerd and CRI-O,
 * `docker-pullable://host/path@sha256:...` and `docker://sha256:...` of Docker, `sha256:...` where an image was not pulled
 * by its repository. Source: Kubernetes API v1, ContainerStatus.imageID; cri-dockerd, core/convert.go,
 * `toPullableImageID`; containerd, internal/cri/server/container_status.go.
 *
 * @returns undefined where it names no digest: the container has not begun, or the runtime knows its image by a name alone
 */
export function parseRunning(imageId: string): RunningImage | undefined {
  if (imageId.length > LONGEST) return undefined;
  const plain = imageId.replace(/^[a-z-]{1,30}:\/\//, "");
  if (isDigest(plain)) return { digest: plain };
  const at = plain.lastIndexOf("@");
  const digest = plain.slice(at + 1);
  const named = at < 0 ? undefined : parseAsked(plain.slice(0, at));
  if (named === undefined || !isDigest(digest)) return undefined;
  return { repository: named.repository, digest };
}
