import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { isObject, parseJson } from "../../base/json";
import { allSettled } from "../../base/limit";
import { referrersTag } from "../../base/referrersTag";
import {
  type Descriptor,
  descriptorSchema,
  type Manifest,
  MAX_MANIFEST,
  MEDIA,
  readManifest,
  UnreadManifestError,
} from "../manifest";
import type { RegistryResponse } from "./client";
import { type FallbackState, findStable, updateFallbackTag } from "./fallbackTag";
import { nextPage } from "./links";
import { manifestFind, manifestName, mediaTypeOf } from "./manifests";
import { apiPath, type RepositoryContext } from "./repositoryContext";

/** What a session knows of its registry's referrers API. */
export interface ReferrersApi extends FallbackState {
  /** `undefined` until something showed it. */
  supported: boolean | undefined;
}

const MAX_REFERRERS = 10_000;
const MAX_PAGES = 100;
/** What a registry without the API answers: 404 by the specification, the others in the field. */
const NO_API: readonly number[] = [204, 400, 404, 405, 406, 410, 501];
const listSchema = z.object({ manifests: z.array(descriptorSchema).nullish() });

/** What refers to a manifest. @throws DualRegistryError */
export async function referrerList(
  repo: RepositoryContext,
  api: ReferrersApi,
  digest: Digest,
  { signal, tags }: { signal?: AbortSignal | undefined; tags?: ReadonlySet<string> | undefined } = {},
): Promise<readonly Descriptor[]> {
  const listed = api.supported === false ? undefined : await listByApi(repo, api, digest, signal);
  if (listed) return listed;
  return tags?.has(referrersTag(digest)) === false ? [] : listByTag(repo, digest, signal);
}

async function listByApi(
  repo: RepositoryContext,
  api: ReferrersApi,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[] | undefined> {
  const path = apiPath(repo, `referrers/${digest}`);
  const what = `Referrers of ${manifestName(repo, digest)}`;
  const referrers = new Map<string, Descriptor>();
  let next: string | URL | undefined = path;
  for (let page = 1; next !== undefined; page += 1) {
    if (page > MAX_PAGES) throw new DualRegistryError("CONTENT_INVALID", `${what}: more than ${MAX_PAGES} pages`);
    const request = {
      method: "GET" as const,
      url: next,
      scopes: repo.pull,
      headers: { accept: MEDIA.ociIndex },
      signal,
    };
    // After a list has come, an answer that is none is a fault, and not the lack of the API.
    const mustList = page > 1 || api.supported === true;
    const read = (response: RegistryResponse): readonly Descriptor[] | undefined => {
      const listed = response.status === 200 ? readList(response, what) : undefined;
      if (listed === undefined && response.status === 200 && mustList) throw noIndex(what);
      return listed;
    };
    const response: RegistryResponse = await repo.client.request(
      { ...request, validate: read },
      page === 1 ? [200, ...NO_API] : [200],
      MAX_MANIFEST,
    );
    const listed = read(response);
    if (!listed) {
      // A repository that is not there says nothing about the API.
      if (!response.bytes.includes("NAME_UNKNOWN") && api.supported === undefined) api.supported = false;
      return undefined;
    }
    api.supported = true;
    for (const descriptor of listed) referrers.set(descriptor.digest, descriptor);
    if (referrers.size > MAX_REFERRERS)
      throw new DualRegistryError("CONTENT_INVALID", `${what}: more than ${MAX_REFERRERS} referrers`);
    next = nextPage(response, path, what);
  }
  return [...referrers.values()];
}

/**
 * The descriptors of a list; undefined where the answer is none, whatever its status says: a page of a login, a line of
 * text. A right index that is called JSON is taken, as Harbor 2.9 sends it (goharbor/harbor#19690).
 *
 * @throws DualRegistryError CONTENT_INVALID for an index that cannot be read
 */
function readList(response: RegistryResponse, what: string): readonly Descriptor[] | undefined {
  const isIndex = mediaTypeOf(response) === MEDIA.ociIndex;
  const json = isIndex ? parseJson(response.bytes, what) : jsonOf(response.bytes, what);
  const looksLikeIndex = isObject(json) && json["schemaVersion"] === 2 && "manifests" in json && !("config" in json);
  if (!isIndex && !looksLikeIndex) return undefined;
  const read = decode(listSchema, json);
  if (read.success) return read.data.manifests ?? [];
  throw noIndex(what);
}

const noIndex = (what: string): DualRegistryError =>
  new DualRegistryError("CONTENT_INVALID", `${what}: the response is not an index of descriptors (${MEDIA.ociIndex})`);

function jsonOf(bytes: Buffer, what: string): unknown {
  try {
    return parseJson(bytes, what);
  } catch {
    return undefined;
  }
}

async function listByTag(
  repo: RepositoryContext,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const tag = referrersTag(digest);
  // The specification has a client take what is no index for no list.
  const manifest = await findStable(repo, digest, signal).catch((error: unknown) => {
    if (error instanceof UnreadManifestError) return undefined;
    throw error;
  });
  if (manifest?.mediaType !== MEDIA.ociIndex) return [];
  const { manifests } = readManifest(manifest, manifestName(repo, tag));
  return [...new Map(manifests.map((descriptor) => [descriptor.digest, descriptor])).values()];
}

/**
 * Whether a manifest just written is among its subject's referrers, or has no subject.
 *
 * @param response the registry's answer to the writing: it names the subject where the registry keeps the list itself;
 *   `undefined` where the manifest was there and could not be written again
 */
export function isReferrerListed(
  repo: RepositoryContext,
  api: ReferrersApi,
  manifest: Manifest,
  response: Pick<RegistryResponse, "header"> | undefined,
): boolean {
  if (!referrerEntry(repo, manifest)) return true;
  if (response?.header("oci-subject") !== undefined) api.supported = true;
  else if (response !== undefined || api.supported !== true) return false;
  return true;
}

/** Puts manifests that are there on the lists of what they refer to: one writing for each subject. */
export async function referrerPut(
  repo: RepositoryContext,
  api: ReferrersApi,
  manifests: readonly Manifest[],
  signal?: AbortSignal,
): Promise<void> {
  const lists = new Map<Digest, Descriptor[]>();
  for (const manifest of manifests) {
    const referrer = referrerEntry(repo, manifest);
    if (referrer) lists.set(referrer.subject, [...(lists.get(referrer.subject) ?? []), referrer.entry]);
  }
  await allSettled([...lists].map(([subject, add]) => updateFallbackTag(repo, api, subject, { add }, signal)));
}

/** What a manifest refers to, and how the list there shows it. */
function referrerEntry(
  repo: RepositoryContext,
  manifest: Manifest,
): { subject: Digest; entry: Descriptor } | undefined {
  const { subject, artifactType, config, annotations } = readManifest(manifest, manifestName(repo, manifest.digest));
  if (!subject) return undefined;
  const { mediaType, digest, bytes } = manifest;
  const type = artifactType ?? config?.mediaType;
  const entry: Descriptor = {
    mediaType,
    digest,
    size: bytes.length,
    ...defined({ artifactType: type }),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
  return { subject: subject.digest, entry };
}

/** Takes a manifest that is about to be deleted off its subject's list, where the list is a tag. */
export async function referrerDelete(
  repo: RepositoryContext,
  api: ReferrersApi,
  digest: Digest,
  signal?: AbortSignal,
): Promise<void> {
  api.present.delete(`${repo.path}@${digest}`);
  if (api.supported === true) return;
  const manifest = await manifestFind(repo, digest, signal);
  if (!manifest) return;
  const { subject } = readManifest(manifest, manifestName(repo, digest));
  if (subject) await updateFallbackTag(repo, api, subject.digest, { remove: digest }, signal);
}
