import { type Digest, digestOf, isDigest, matchesDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { isTag } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { Resolved } from "../imageStore";
import {
  isGenericType,
  type Manifest,
  MANIFEST_TYPES,
  manifestType,
  MAX_MANIFEST,
  UnreadManifestError,
} from "../manifest";
import type { RegistryErrorResponse } from "../transport/responseBody";
import type { RegistryResponse } from "./client";
import { apiPath, type RepositoryContext } from "./repositoryContext";

const ACCEPT = { accept: MANIFEST_TYPES.join(", ") };

/** A tag or a digest, for an address. @throws DualRegistryError USAGE */
export function checkReference(reference: string, repo: RepositoryContext): string {
  if (isTag(reference) || isDigest(reference)) return reference;
  throw new DualRegistryError("USAGE", `${repo.name}: ${quoted(reference)} is neither a tag nor a digest`);
}

/** For messages. */
export const manifestName = ({ name }: RepositoryContext, reference: string): string =>
  `${name}${isDigest(reference) ? "@" : ":"}${reference}`;

/** What stands behind a tag or digest, without its bytes where the registry says enough. */
export async function manifestHead(
  repo: RepositoryContext,
  reference: string,
  signal?: AbortSignal,
): Promise<Resolved | undefined> {
  const url = apiPath(repo, `manifests/${checkReference(reference, repo)}`);
  const request = { method: "HEAD" as const, url, scopes: repo.pull, headers: ACCEPT, signal };
  const response = await repo.client.request(request, [200, 404, 405]);
  if (response.status === 404) return undefined;
  const digest = isDigest(reference) ? reference : responseDigest(response);
  const size = Number(response.header("content-length") ?? "none");
  const mediaType = mediaTypeOf(response);
  const acceptable = MANIFEST_TYPES.includes(mediaType) && size > 0 && size <= MAX_MANIFEST;
  if (response.status === 200 && digest && acceptable && digestAgrees(response, digest))
    return { mediaType, digest, size };
  const manifest = await manifestFind(repo, reference, signal);
  return manifest && { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length };
}

/** Whether a manifest is there, of whatever media type: a type that this project does not read is there as well. */
export async function manifestExists(repo: RepositoryContext, digest: Digest, signal?: AbortSignal): Promise<boolean> {
  const url = apiPath(repo, `manifests/${digest}`);
  const ask = async (method: "HEAD" | "GET"): Promise<number> => {
    const headers = { accept: `${ACCEPT.accept}, */*` };
    const request = { method, url, scopes: repo.pull, headers, signal };
    return (await repo.client.request(request, [200, 404, 405], MAX_MANIFEST)).status;
  };
  // A manifest that was written a moment ago may be there at the second look.
  for (const method of ["HEAD", "GET"] as const) if ((await ask(method)) === 200) return true;
  return false;
}

/** A manifest, verified; `undefined` where there is none. */
export async function manifestFind(
  repo: RepositoryContext,
  reference: string,
  signal?: AbortSignal,
): Promise<Manifest | undefined> {
  const what = manifestName(repo, reference);
  const url = apiPath(repo, `manifests/${checkReference(reference, repo)}`);
  let current: Manifest | undefined;
  const validate = (response: RegistryResponse) => (current = parseManifest(response, reference, what));
  const request = { method: "GET" as const, url, scopes: repo.pull, headers: ACCEPT, validate, signal };
  await repo.client.request(request, [200, 404], MAX_MANIFEST);
  return current;
}

/** @throws DualRegistryError CONTENT_INVALID, DIGEST_MISMATCH */
function parseManifest(response: RegistryResponse, reference: string, what: string): Manifest | undefined {
  if (response.status === 404) return undefined;
  const named = mediaTypeOf(response);
  // Proxies and older registries send every manifest as JSON; what it is stands in the bytes, which have the digest.
  const mediaType = isGenericType(named) ? (manifestType(response.bytes) ?? named) : named;
  if (!MANIFEST_TYPES.includes(mediaType)) throw new UnreadManifestError(what, mediaType);
  const digest = isDigest(reference) ? reference : (responseDigest(response) ?? digestOf(response.bytes));
  if (!matchesDigest(response.bytes, digest)) {
    const got = digestOf(response.bytes);
    throw new DualRegistryError("DIGEST_MISMATCH", `${what}: the bytes have digest ${got}; expected: ${digest}`);
  }
  return { bytes: response.bytes, digest, mediaType };
}

/** Like {@link manifestFind}. @throws DualRegistryError NOT_FOUND */
export async function manifestGet(repo: RepositoryContext, reference: string, signal?: AbortSignal): Promise<Manifest> {
  const current = await manifestFind(repo, reference, signal);
  if (current) return current;
  throw new DualRegistryError("NOT_FOUND", `Manifest ${manifestName(repo, reference)}: not found`);
}

/** The media type without its parameters. */
export const mediaTypeOf = (response: Pick<RegistryResponse, "header">): string =>
  (response.header("content-type") ?? "").replace(/;.*$/s, "").trim().toLowerCase();

/** The digest the registry names, where it is one. */
function responseDigest(response: Pick<RegistryResponse, "header">): Digest | undefined {
  const named = response.header("docker-content-digest")?.trim() ?? "";
  return isDigest(named) ? named : undefined;
}

/** False where the registry names another digest of the same algorithm: then the bytes have to decide. */
const digestAgrees = (response: RegistryResponse, digest: Digest): boolean => {
  const named = responseDigest(response);
  return named === undefined || named === digest || named.split(":")[0] !== digest.split(":")[0];
};

/** Sends a manifest by tag, or by digest, without looking at what became of it. @throws DualRegistryError */
export async function manifestSend(
  repo: RepositoryContext,
  manifest: Manifest,
  tag: string | undefined,
  signal?: AbortSignal,
): Promise<RegistryResponse> {
  const reference = tag ?? manifest.digest;
  const validate = (response: RegistryResponse): void => {
    const named = responseDigest(response);
    if (!named || named === manifest.digest || !named.startsWith(`${manifest.digest.split(":")[0] ?? ""}:`)) return;
    const what = manifestName(repo, reference);
    throw new DualRegistryError(
      "DIGEST_MISMATCH",
      `${what}: the registry reports digest ${named}; expected: ${manifest.digest}`,
    );
  };
  const request = { method: "PUT" as const, url: apiPath(repo, `manifests/${reference}`), scopes: repo.push, signal };
  const sent = { headers: { "content-type": manifest.mediaType }, body: manifest.bytes, validate, isRetryable };
  return repo.client.request({ ...request, ...sent }, [200, 201, 202]);
}

const CORRUPTED_CODES: readonly string[] = ["DIGEST_INVALID", "MANIFEST_INVALID"];

/**
 * What is sent is what its digest says. A registry that says otherwise got something else, or read a file of its own
 * that another request was just writing, as Distribution 2.8 does with an index and the links of what it names.
 */
const isRetryable = ({ status, code }: RegistryErrorResponse): boolean =>
  status === 400 && CORRUPTED_CODES.includes(code);

/**
 * Sends a manifest by tag, or by digest, and looks whether it is there. By digest the registry's answer is believed
 * where it names the digest, which nobody else can take. What is refused by its digest and is there all the same was
 * written, and locked, by another run of the same.
 *
 * @returns the registry's answer; `undefined` where it refused what it has
 * @throws DualRegistryError TAG_TAKEN where the tag stands for another manifest right afterwards
 */
export async function manifestPut(
  repo: RepositoryContext,
  manifest: Manifest,
  tag: string | undefined,
  signal?: AbortSignal,
): Promise<RegistryResponse | undefined> {
  const reference = tag ?? manifest.digest;
  const what = manifestName(repo, reference);
  const response = await sendUnlessPresent(repo, manifest, tag, signal);
  if (!response) return undefined;
  if (tag === undefined && responseDigest(response) === manifest.digest) return response;
  const current = await manifestHead(repo, reference, signal);
  if (current?.digest === manifest.digest) return response;
  if (!current) throw new DualRegistryError("NOT_FOUND", `${what}: the registry accepted it but does not have it`);
  if (tag !== undefined && (await manifestHead(repo, manifest.digest, signal))) {
    throw new DualRegistryError(
      "TAG_TAKEN",
      `${what}: points to ${current.digest} right after ${manifest.digest} was written: another client wrote it at the same time`,
    );
  }
  throw new DualRegistryError("DIGEST_MISMATCH", `${what}: points to ${current.digest}; written: ${manifest.digest}`);
}

async function sendUnlessPresent(
  repo: RepositoryContext,
  manifest: Manifest,
  tag: string | undefined,
  signal?: AbortSignal,
): Promise<RegistryResponse | undefined> {
  try {
    return await manifestSend(repo, manifest, tag, signal);
  } catch (error) {
    if (tag !== undefined || !(error instanceof DualRegistryError) || error.code !== "REGISTRY_REFUSED") throw error;
    if ((await manifestHead(repo, manifest.digest, signal)) === undefined) throw error;
    return undefined;
  }
}
