import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Digest, digestOf, isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { parseJson } from "../../base/json";
import type { KeyedLock } from "../../base/limit";
import { referrersTag } from "../../base/referrersTag";
import { type Descriptor, type Manifest, MAX_MANIFEST, MEDIA } from "../manifest";
import { findManifest, named, resolveManifest, sendManifest } from "./manifests";
import type { Room } from "./repositoryContext";

const ROUNDS = 12;
const LONGEST_WAIT = 1000;

/** What becomes of a list: descriptors to have in it, or a digest not to have. */
export type ListChange = { add: readonly Descriptor[] } | { remove: Digest };

/**
 * Changes entries of the list, all in one writing. The specification has no way of writing "only if it is as I read it": the tag is read
 * again after a moment, and all is done again where somebody wrote over it. Entries of others stay as they are, fields
 * that this project does not know included.
 *
 * @throws DualRegistryError CONTENT_INVALID where something else is under the tag
 */
export async function changeFallback(
  room: Room,
  lock: KeyedLock,
  subject: Digest,
  change: ListChange,
  signal?: AbortSignal,
): Promise<void> {
  const tag = referrersTag(subject);
  await lock.run(`${room.path}:${tag}`, async () => {
    const begun = performance.now();
    const seen = new Map<unknown, Entry>();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const before = await findTwice(room, tag, signal);
      const entries = entriesOf(before, named(room, tag));
      const again = "add" in change ? await lost(room, seen, entries, signal) : [];
      const after = changed([...entries, ...again], change);
      if (!after) return;
      await sendManifest(room, indexOf(before, after), tag, signal);
      // Whoever read before we wrote has written by then, on a registry as fast as ours was just now.
      const spent = (performance.now() - begun) / round;
      await pause(Math.min(LONGEST_WAIT, spent * 2) + randomInt(1, 20) * round);
      if (!changed(entriesOf(await findManifest(room, tag, signal), named(room, tag)), change)) return;
    }
    throw new DualRegistryError(
      "REGISTRY_UNAVAILABLE",
      `${named(room, tag)}: others wrote this list of referrers ${ROUNDS} times at the same moment; run the command again`,
    );
  });
}

/** An empty list is believed only when it is empty twice: a registry may be writing the tag at this moment. */
export async function findTwice(
  room: Room,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<Manifest | undefined> {
  const found = await findManifest(room, tag, signal);
  if (found) return found;
  await pause(5);
  return findManifest(room, tag, signal);
}

/** Entries read in an earlier round that somebody wrote over, though what they stand for is still there. */
async function lost(
  room: Room,
  seen: Map<unknown, Entry>,
  entries: readonly Entry[],
  signal: AbortSignal | undefined,
): Promise<Entry[]> {
  const gone = [...seen].filter(([digest]) => !entries.some((entry) => entry["digest"] === digest));
  for (const entry of entries) seen.set(entry["digest"], entry);
  const checked = await Promise.all(
    gone.map(async ([digest, entry]) => {
      const there = typeof digest === "string" && isDigest(digest) && (await resolveManifest(room, digest, signal));
      return there ? [entry] : [];
    }),
  );
  return checked.flat();
}

type Entry = Readonly<Record<string, unknown>>;

/** The list with the change; `undefined` where it has it already. */
function changed(entries: readonly Entry[], change: ListChange): Entry[] | undefined {
  const there = new Set(entries.map((entry) => entry["digest"]));
  if ("add" in change) {
    const missing = change.add.filter(({ digest }) => !there.has(digest));
    return missing.length === 0 ? undefined : [...entries, ...missing.map((entry) => ({ ...entry }))];
  }
  return there.has(change.remove) ? entries.filter((entry) => entry["digest"] !== change.remove) : undefined;
}

function readIndex({ bytes, mediaType }: Manifest, what: string): Entry {
  const json = parseJson(bytes, what);
  if (mediaType === MEDIA.ociIndex && isObject(json)) return json;
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${what}: not a list of referrers, although it has the name of one; it is left as it is`,
  );
}

function entriesOf(manifest: Manifest | undefined, what: string): Entry[] {
  if (!manifest) return [];
  const list = readIndex(manifest, what)["manifests"];
  if (Array.isArray(list) && list.every(isObject)) return list;
  throw new DualRegistryError("CONTENT_INVALID", `${what}: its list of manifests cannot be read`);
}

function indexOf(before: Manifest | undefined, manifests: readonly Entry[]): Manifest {
  const rest = before ? readIndex(before, "") : { schemaVersion: 2, mediaType: MEDIA.ociIndex };
  const bytes = Buffer.from(JSON.stringify({ ...rest, manifests }));
  if (bytes.length <= MAX_MANIFEST) return { bytes, digest: digestOf(bytes), mediaType: MEDIA.ociIndex };
  throw new DualRegistryError(
    "REGISTRY_REFUSED",
    `A list of ${manifests.length} referrers is larger than a manifest may be`,
  );
}

const isObject = (value: unknown): value is Entry =>
  typeof value === "object" && value !== null && !Array.isArray(value);
