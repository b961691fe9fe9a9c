import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { parseJson } from "../../base/json";
import { allSettled, type KeyedLock } from "../../base/limit";
import { referrersTag } from "../../base/referrersTag";
import { type Descriptor, descriptorSchema, type Manifest, MAX_MANIFEST, MEDIA, readManifest } from "../manifest";
import type { Reply } from "./caller";
import { changeFallback, findTwice } from "./fallbackTag";
import { nextPage } from "./links";
import { findManifest, mediaTypeOf, named } from "./manifests";
import { at, type Room } from "./repositoryContext";

/** What a session knows of its registry's referrers API. */
export interface ReferrersApi {
  /** `undefined` until something showed it. */
  there: boolean | undefined;
  /** For the fallback tags. */
  lock: KeyedLock;
}

const MOST = 10_000;
const MOST_PAGES = 100;
const listForm = z.object({ manifests: z.array(descriptorSchema).nullish() });

/** What refers to a manifest. @throws DualRegistryError */
export async function listReferrers(
  room: Room,
  api: ReferrersApi,
  digest: Digest,
  { signal, tags }: { signal?: AbortSignal | undefined; tags?: ReadonlySet<string> | undefined } = {},
): Promise<readonly Descriptor[]> {
  const listed = api.there === false ? undefined : await byApi(room, api, digest, signal);
  if (listed) return listed;
  return tags?.has(referrersTag(digest)) === false ? [] : byTag(room, digest, signal);
}

async function byApi(
  room: Room,
  api: ReferrersApi,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[] | undefined> {
  const path = at(room, `referrers/${digest}`);
  const what = `Referrers of ${named(room, digest)}`;
  const found = new Map<string, Descriptor>();
  let next: string | URL | undefined = path;
  for (let page = 1; next !== undefined; page += 1) {
    if (page > MOST_PAGES)
      throw new DualRegistryError("CONTENT_INVALID", `${what}: more than ${MOST_PAGES} pages came`);
    const call = { method: "GET" as const, to: next, scopes: room.pull, headers: { accept: MEDIA.ociIndex }, signal };
    const check = (reply: Reply): void => {
      if (reply.status === 200 && mediaTypeOf(reply) !== "text/html") readList(reply, what);
    };
    const reply: Reply = await room.caller.ask(
      { ...call, check },
      page === 1 ? [200, 400, 404, 405, 501] : [200],
      MAX_MANIFEST,
    );
    if (reply.status !== 200 || mediaTypeOf(reply) === "text/html") {
      // A repository that is not there says nothing about the API.
      if (!reply.bytes.includes("NAME_UNKNOWN")) api.there = false;
      return undefined;
    }
    api.there = true;
    for (const descriptor of readList(reply, what)) found.set(descriptor.digest, descriptor);
    if (found.size > MOST) throw new DualRegistryError("CONTENT_INVALID", `${what}: more than ${MOST} came`);
    next = nextPage(reply, path, what);
  }
  return [...found.values()];
}

function readList(reply: Reply, what: string): readonly Descriptor[] {
  const read = mediaTypeOf(reply) === MEDIA.ociIndex ? decode(listForm, parseJson(reply.bytes, what)) : undefined;
  if (read?.success) return read.data.manifests ?? [];
  throw new DualRegistryError("CONTENT_INVALID", `${what}: the answer is no index of descriptors (${MEDIA.ociIndex})`);
}

async function byTag(room: Room, digest: Digest, signal: AbortSignal | undefined): Promise<readonly Descriptor[]> {
  const tag = referrersTag(digest);
  const manifest = await findTwice(room, tag, signal);
  if (manifest?.mediaType !== MEDIA.ociIndex) return [];
  const { manifests } = readManifest(manifest, named(room, tag));
  return [...new Map(manifests.map((descriptor) => [descriptor.digest, descriptor])).values()];
}

/**
 * Whether a manifest just written is among its subject's referrers, or has no subject.
 *
 * @param reply the registry's answer to the writing: it names the subject where the registry keeps the list itself;
 *   `undefined` where the manifest was there and could not be written again
 */
export function isListed(
  room: Room,
  api: ReferrersApi,
  manifest: Manifest,
  reply: Pick<Reply, "header"> | undefined,
): boolean {
  if (!listingOf(room, manifest)) return true;
  if (reply?.header("oci-subject") !== undefined) api.there = true;
  else if (reply !== undefined || api.there !== true) return false;
  return true;
}

/** Puts manifests that are there on the lists of what they refer to: one writing for each subject. */
export async function enlist(
  room: Room,
  api: ReferrersApi,
  manifests: readonly Manifest[],
  signal?: AbortSignal,
): Promise<void> {
  const lists = new Map<Digest, Descriptor[]>();
  for (const manifest of manifests) {
    const listing = listingOf(room, manifest);
    if (listing) lists.set(listing.subject, [...(lists.get(listing.subject) ?? []), listing.entry]);
  }
  await allSettled([...lists].map(([subject, add]) => changeFallback(room, api.lock, subject, { add }, signal)));
}

/** What a manifest refers to, and how the list there shows it. */
function listingOf(room: Room, manifest: Manifest): { subject: Digest; entry: Descriptor } | undefined {
  const { subject, artifactType, config, annotations } = readManifest(manifest, named(room, manifest.digest));
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
export async function delist(room: Room, api: ReferrersApi, digest: Digest, signal?: AbortSignal): Promise<void> {
  if (api.there === true) return;
  const manifest = await findManifest(room, digest, signal);
  if (!manifest) return;
  const { subject } = readManifest(manifest, named(room, digest));
  if (subject) await changeFallback(room, api.lock, subject.digest, { remove: digest }, signal);
}
