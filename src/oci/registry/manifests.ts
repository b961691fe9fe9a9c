import { DualRegistryError } from "../../errors";
import { digestOf, isDigest, matchesDigest, type Digest } from "../digest";
import { quoted } from "../http/quote";
import type { Resolved } from "../imageStore";
import { MAX_MANIFEST, type Manifest } from "../manifest";
import { MANIFEST_TYPES } from "../mediaTypes";
import { isTag } from "../reference";
import type { Reply } from "./caller";
import { at, type Room } from "./room";

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
export function saidDigest(reply: Pick<Reply, "header">): Digest | undefined {
  const said = reply.header("docker-content-digest")?.trim() ?? "";
  return isDigest(said) ? said : undefined;
}

/** False where the registry names another digest of the same algorithm: then the bytes have to decide. */
const agrees = (reply: Reply, digest: Digest): boolean => {
  const said = saidDigest(reply);
  return said === undefined || said === digest || said.split(":")[0] !== digest.split(":")[0];
};
