import { type Digest, digestOf, isDigest, matchesDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { isTag } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { Resolved } from "../imageStore";
import { type Manifest, MANIFEST_TYPES, MAX_MANIFEST } from "../manifest";
import type { RegistryComplaint } from "../transport/responseBody";
import type { Reply } from "./caller";
import { at, type Room } from "./repositoryContext";

const ACCEPT = { accept: MANIFEST_TYPES.join(", ") };

/** A tag or a digest, for an address. @throws DualRegistryError USAGE */
export function checkReference(reference: string, room: Room): string {
  if (isTag(reference) || isDigest(reference)) return reference;
  throw new DualRegistryError("USAGE", `${room.name}: ${quoted(reference)} is neither a tag nor a digest`);
}

/** For messages. */
export const named = ({ name }: Room, reference: string): string =>
  `${name}${isDigest(reference) ? "@" : ":"}${reference}`;

/** What stands behind a tag or digest, without its bytes where the registry says enough. */
export async function resolveManifest(
  room: Room,
  reference: string,
  signal?: AbortSignal,
): Promise<Resolved | undefined> {
  const to = at(room, `manifests/${checkReference(reference, room)}`);
  const call = { method: "HEAD" as const, to, scopes: room.pull, headers: ACCEPT, signal };
  const reply = await room.caller.ask(call, [200, 404, 405]);
  if (reply.status === 404) return undefined;
  const digest = isDigest(reference) ? reference : saidDigest(reply);
  const size = Number(reply.header("content-length") ?? "none");
  const mediaType = mediaTypeOf(reply);
  const known = MANIFEST_TYPES.includes(mediaType) && size > 0 && size <= MAX_MANIFEST;
  if (reply.status === 200 && digest && known && agrees(reply, digest)) return { mediaType, digest, size };
  const manifest = await findManifest(room, reference, signal);
  return manifest && { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length };
}

/** A manifest, verified; `undefined` where there is none. */
export async function findManifest(room: Room, reference: string, signal?: AbortSignal): Promise<Manifest | undefined> {
  const what = named(room, reference);
  const to = at(room, `manifests/${checkReference(reference, room)}`);
  let found: Manifest | undefined;
  const check = (reply: Reply) => (found = manifestOf(reply, reference, what));
  const call = { method: "GET" as const, to, scopes: room.pull, headers: ACCEPT, check, signal };
  await room.caller.ask(call, [200, 404], MAX_MANIFEST);
  return found;
}

/** @throws DualRegistryError CONTENT_INVALID, DIGEST_MISMATCH */
function manifestOf(reply: Reply, reference: string, what: string): Manifest | undefined {
  if (reply.status === 404) return undefined;
  const mediaType = mediaTypeOf(reply);
  if (!MANIFEST_TYPES.includes(mediaType)) {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${what}: media type ${quoted(mediaType)} is no manifest's; allowed: ${MANIFEST_TYPES.join(", ")}`,
    );
  }
  const digest = isDigest(reference) ? reference : (saidDigest(reply) ?? digestOf(reply.bytes));
  if (!matchesDigest(reply.bytes, digest)) {
    const got = digestOf(reply.bytes);
    throw new DualRegistryError("DIGEST_MISMATCH", `${what}: the bytes have digest ${got}; expected: ${digest}`);
  }
  return { bytes: reply.bytes, digest, mediaType };
}

/** Like {@link findManifest}. @throws DualRegistryError NOT_FOUND */
export async function readManifestOf(room: Room, reference: string, signal?: AbortSignal): Promise<Manifest> {
  const found = await findManifest(room, reference, signal);
  if (found) return found;
  throw new DualRegistryError("NOT_FOUND", `Manifest ${named(room, reference)}: not there`);
}

/** The media type without its parameters. */
export const mediaTypeOf = (reply: Pick<Reply, "header">): string =>
  (reply.header("content-type") ?? "").replace(/;.*$/s, "").trim().toLowerCase();

/** The digest the registry names, where it is one. */
function saidDigest(reply: Pick<Reply, "header">): Digest | undefined {
  const said = reply.header("docker-content-digest")?.trim() ?? "";
  return isDigest(said) ? said : undefined;
}

/** False where the registry names another digest of the same algorithm: then the bytes have to decide. */
const agrees = (reply: Reply, digest: Digest): boolean => {
  const said = saidDigest(reply);
  return said === undefined || said === digest || said.split(":")[0] !== digest.split(":")[0];
};

/** Sends a manifest by tag, or by digest, without looking at what became of it. @throws DualRegistryError */
export async function sendManifest(
  room: Room,
  manifest: Manifest,
  tag: string | undefined,
  signal?: AbortSignal,
): Promise<Reply> {
  const reference = tag ?? manifest.digest;
  const check = (reply: Reply): void => {
    const said = saidDigest(reply);
    if (!said || said === manifest.digest || !said.startsWith(`${manifest.digest.split(":")[0] ?? ""}:`)) return;
    const what = named(room, reference);
    throw new DualRegistryError(
      "DIGEST_MISMATCH",
      `${what}: the registry calls it ${said}; expected: ${manifest.digest}`,
    );
  };
  const call = { method: "PUT" as const, to: at(room, `manifests/${reference}`), scopes: room.push, signal };
  const sent = { headers: { "content-type": manifest.mediaType }, body: manifest.bytes, check, passes };
  return room.caller.ask({ ...call, ...sent }, [200, 201, 202]);
}

const HURT: readonly string[] = ["DIGEST_INVALID", "MANIFEST_INVALID"];

/**
 * What is sent is what its digest says. A registry that says otherwise got something else, or read a file of its own
 * that another request was just writing, as Distribution 2.8 does with an index and the links of what it names.
 */
const passes = ({ status, code }: RegistryComplaint): boolean => status === 400 && HURT.includes(code);

/**
 * Sends a manifest by tag, or by digest, and looks whether it is there. By digest the registry's answer is believed
 * where it names the digest, which nobody else can take. What is refused by its digest and is there all the same was
 * written, and locked, by another run of the same.
 *
 * @returns the registry's answer; `undefined` where it refused what it has
 * @throws DualRegistryError TAG_TAKEN where the tag stands for another manifest right afterwards
 */
export async function putManifest(
  room: Room,
  manifest: Manifest,
  tag: string | undefined,
  signal?: AbortSignal,
): Promise<Reply | undefined> {
  const reference = tag ?? manifest.digest;
  const what = named(room, reference);
  const reply = await sendOrFind(room, manifest, tag, signal);
  if (!reply) return undefined;
  if (tag === undefined && saidDigest(reply) === manifest.digest) return reply;
  const found = await resolveManifest(room, reference, signal);
  if (found?.digest === manifest.digest) return reply;
  if (!found) throw new DualRegistryError("NOT_FOUND", `${what}: the registry took it, but does not have it`);
  if (tag !== undefined && (await resolveManifest(room, manifest.digest, signal))) {
    throw new DualRegistryError(
      "TAG_TAKEN",
      `${what}: stands for ${found.digest} right after ${manifest.digest} was written: somebody else wrote it at the same time`,
    );
  }
  throw new DualRegistryError("DIGEST_MISMATCH", `${what}: stands for ${found.digest}; written: ${manifest.digest}`);
}

async function sendOrFind(
  room: Room,
  manifest: Manifest,
  tag: string | undefined,
  signal?: AbortSignal,
): Promise<Reply | undefined> {
  try {
    return await sendManifest(room, manifest, tag, signal);
  } catch (error) {
    if (tag !== undefined || !(error instanceof DualRegistryError) || error.code !== "REGISTRY_REFUSED") throw error;
    if ((await resolveManifest(room, manifest.digest, signal)) === undefined) throw error;
    return undefined;
  }
}
