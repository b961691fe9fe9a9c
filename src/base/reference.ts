import { defined } from "./defined";
import { type Digest, isDigest } from "./digest";
import { DualRegistryError } from "./errors";

/** Where images of one name are: a registry's host, with its port, and a path. */
interface RepositoryName {
  host: string;
  repository: string;
}

/** An image by tag, by digest, or by both, of which the digest decides. */
export interface Reference extends RepositoryName {
  tag?: string;
  digest?: Digest;
}

const HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/;
/** Source: OCI distribution specification 1.1, "Pulling manifests", `<name>` and `<reference>` as a tag. */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** True for a path that may stand in a registry's address. */
export const isRepository = (text: string): boolean => text.length <= 255 && REPOSITORY.test(text);

/** True for what the distribution specification takes as a tag. */
export const isTag = (text: string): boolean => TAG.test(text);

/** True where the host is this machine's loopback: only there may a registry be spoken to without TLS. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/**
 * Reads `host[:port]/path[:tag][@digest]`. The host is never left out: what it would stand for differs from tool to
 * tool.
 *
 * @throws DualRegistryError USAGE
 */
export function parseReference(text: string): Reference {
  const refuse = (why: string): never => {
    throw new DualRegistryError(
      "USAGE",
      `Image ${JSON.stringify(text.slice(0, 300))}: ${why}; allowed: host[:port]/path[:tag][@digest], ` +
        `such as registry.example.com/orders/api:v1.2.3`,
    );
  };
  const at = text.indexOf("@");
  const named = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const slash = named.indexOf("/");
  if (slash < 1) return refuse("no registry host stands in front");
  const host = named.slice(0, slash);
  const path = named.slice(slash + 1);
  const colon = path.lastIndexOf(":");
  const repository = colon < 0 ? path : path.slice(0, colon);
  const tag = colon < 0 ? undefined : path.slice(colon + 1);
  if (!HOST.test(host) || !/[.:]|^localhost$/.test(host)) return refuse(`"${host}" is no registry host`);
  if (!isRepository(repository)) return refuse("the path is no repository's");
  if (tag !== undefined && !isTag(tag)) return refuse("the tag has a form no registry takes");
  if (digest !== undefined && !isDigest(digest)) return refuse("the digest is none");
  return { host, repository, ...defined({ tag, digest }) };
}

/** The text that {@link parseReference} reads. */
export function formatReference({ host, repository, tag, digest }: Reference): string {
  return `${host}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}
