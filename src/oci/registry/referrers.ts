import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { defined } from "../../base/defined";
import { type Digest, digestOf, isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { isObject, parseJson } from "../../base/json";
import { allSettled, type KeyedLock } from "../../base/limit";
import { referrersTag } from "../../base/referrersTag";
import { type Descriptor, descriptorSchema, type Manifest, MAX_MANIFEST, MEDIA, readManifest } from "../manifest";
import type { RegistryResponse } from "./client";
import { nextPage } from "./links";
import { manifestFind, mediaTypeOf, manifestName, manifestHead, manifestSend } from "./manifests";
import { apiPath, type RepositoryContext } from "./repositoryContext";

/** What a session knows of its registry's referrers API. */
export interface ReferrersApi {
  /** `undefined` until something showed it. */
  supported: boolean | undefined;
  /** For the fallback tags. */
  tagLock: KeyedLock;
}

const MAX_REFERRERS = 10_000;
const MAX_PAGES = 100;
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
    const validate = (response: RegistryResponse): void => {
      if (response.status === 200 && mediaTypeOf(response) !== "text/html") readList(response, what);
    };
    const response: RegistryResponse = await repo.client.request(
      { ...request, validate },
      page === 1 ? [200, 400, 404, 405, 501] : [200],
      MAX_MANIFEST,
    );
    if (response.status !== 200 || mediaTypeOf(response) === "text/html") {
      // A repository that is not there says nothing about the API.
      if (!response.bytes.includes("NAME_UNKNOWN")) api.supported = false;
      return undefined;
    }
    api.supported = true;
    for (const descriptor of readList(response, what)) referrers.set(descriptor.digest, descriptor);
    if (referrers.size > MAX_REFERRERS)
      throw new DualRegistryError("CONTENT_INVALID", `${what}: more than ${MAX_REFERRERS} referrers`);
    next = nextPage(response, path, what);
  }
  return [...referrers.values()];
}

function readList(response: RegistryResponse, what: string): readonly Descriptor[] {
  const read =
    mediaTypeOf(response) === MEDIA.ociIndex ? decode(listSchema, parseJson(response.bytes, what)) : undefined;
  if (read?.success) return read.data.manifests ?? [];
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${what}: the response is not an index of descriptors (${MEDIA.ociIndex})`,
  );
}

async function listByTag(
  repo: RepositoryContext,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const tag = referrersTag(digest);
  const manifest = await findStable(repo, tag, signal);
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
  await allSettled([...lists].map(([subject, add]) => updateFallbackTag(repo, api.tagLock, subject, { add }, signal)));
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
  if (api.supported === true) return;
  const manifest = await manifestFind(repo, digest, signal);
  if (!manifest) return;
  const { subject } = readManifest(manifest, manifestName(repo, digest));
  if (subject) await updateFallbackTag(repo, api.tagLock, subject.digest, { remove: digest }, signal);
}

const MAX_ROUNDS = 12;
const MAX_PAUSE = 1000;

/** What becomes of a list: descriptors to have in it, or a digest not to have. */
type ListChange = { add: readonly Descriptor[] } | { remove: Digest };

/**
 * Changes entries of the list, all in one writing. The specification has no way of writing "only if it is as I read it": the tag is read
 * again after a moment, and all is done again where somebody wrote over it. Entries of others stay as they are, fields
 * that this project does not know included.
 *
 * @throws DualRegistryError CONTENT_INVALID where something else is under the tag
 */
async function updateFallbackTag(
  repo: RepositoryContext,
  tagLock: KeyedLock,
  subject: Digest,
  change: ListChange,
  signal?: AbortSignal,
): Promise<void> {
  const tag = referrersTag(subject);
  await tagLock.run(`${repo.path}:${tag}`, async () => {
    const started = performance.now();
    const seen = new Map<unknown, ListEntry>();
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const before = await findStable(repo, tag, signal);
      const entries = entriesOf(before, manifestName(repo, tag));
      const overwritten = "add" in change ? await overwrittenEntries(repo, seen, entries, signal) : [];
      const after = applyChange([...entries, ...overwritten], change);
      if (!after) return;
      await manifestSend(repo, indexOf(before, after), tag, signal);
      // Whoever read before we wrote has written by then, on a registry as fast as ours was just now.
      const spent = (performance.now() - started) / round;
      await pause(Math.min(MAX_PAUSE, spent * 2) + randomInt(1, 20) * round);
      if (!applyChange(entriesOf(await manifestFind(repo, tag, signal), manifestName(repo, tag)), change)) return;
    }
    throw new DualRegistryError(
      "REGISTRY_UNAVAILABLE",
      `${manifestName(repo, tag)}: other clients changed this list of referrers during each of ${MAX_ROUNDS} attempts; run the command again`,
    );
  });
}

/** An empty list is believed only when it is empty twice: a registry may be writing the tag at this moment. */
async function findStable(
  repo: RepositoryContext,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<Manifest | undefined> {
  const referrers = await manifestFind(repo, tag, signal);
  if (referrers) return referrers;
  await pause(5);
  return manifestFind(repo, tag, signal);
}

/** Entries read in an earlier round that somebody wrote over, though what they stand for is still there. */
async function overwrittenEntries(
  repo: RepositoryContext,
  seen: Map<unknown, ListEntry>,
  entries: readonly ListEntry[],
  signal: AbortSignal | undefined,
): Promise<ListEntry[]> {
  const missing = [...seen].filter(([digest]) => !entries.some((entry) => entry["digest"] === digest));
  for (const entry of entries) seen.set(entry["digest"], entry);
  const checked = await Promise.all(
    missing.map(async ([digest, entry]) => {
      const present = typeof digest === "string" && isDigest(digest) && (await manifestHead(repo, digest, signal));
      return present ? [entry] : [];
    }),
  );
  return checked.flat();
}

type ListEntry = Readonly<Record<string, unknown>>;

/** The list with the change; `undefined` where it has it already. */
function applyChange(entries: readonly ListEntry[], change: ListChange): ListEntry[] | undefined {
  const present = new Set(entries.map((entry) => entry["digest"]));
  if ("add" in change) {
    const missing = change.add.filter(({ digest }) => !present.has(digest));
    return missing.length === 0 ? undefined : [...entries, ...missing.map((entry) => ({ ...entry }))];
  }
  return present.has(change.remove) ? entries.filter((entry) => entry["digest"] !== change.remove) : undefined;
}

function readIndex({ bytes, mediaType }: Manifest, what: string): ListEntry {
  const json = parseJson(bytes, what);
  if (mediaType === MEDIA.ociIndex && isObject(json)) return json;
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${what}: not a list of referrers, although its tag says so; left unchanged`,
  );
}

function entriesOf(manifest: Manifest | undefined, what: string): ListEntry[] {
  if (!manifest) return [];
  const list = readIndex(manifest, what)["manifests"];
  if (Array.isArray(list) && list.every(isObject)) return list;
  throw new DualRegistryError("CONTENT_INVALID", `${what}: the list of manifests cannot be read`);
}

function indexOf(before: Manifest | undefined, manifests: readonly ListEntry[]): Manifest {
  const rest = before ? readIndex(before, "") : { schemaVersion: 2, mediaType: MEDIA.ociIndex };
  const bytes = Buffer.from(JSON.stringify({ ...rest, manifests }));
  if (bytes.length <= MAX_MANIFEST) return { bytes, digest: digestOf(bytes), mediaType: MEDIA.ociIndex };
  throw new DualRegistryError(
    "REGISTRY_REFUSED",
    `A list of ${manifests.length} referrers is larger than a manifest may be`,
  );
}
