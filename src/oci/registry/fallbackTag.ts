import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Digest, digestOf, isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { isObject, parseJson } from "../../base/json";
import type { KeyedLock } from "../../base/limit";
import { referrersTag } from "../../base/referrersTag";
import { type Descriptor, type Manifest, MAX_MANIFEST, MEDIA } from "../manifest";
import { manifestExists, manifestFind, manifestName, manifestSend } from "./manifests";
import type { RepositoryContext } from "./repositoryContext";

/** What a session keeps for lists of referrers under tags. */
export interface FallbackState {
  /** One writer of a tag at a time. */
  tagLock: KeyedLock;
  /** What is known to be there, as `path@digest`: a list that is written again need not be looked through again. */
  present: Set<string>;
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
export async function updateFallbackTag(
  repo: RepositoryContext,
  state: FallbackState,
  subject: Digest,
  change: ListChange,
  signal?: AbortSignal,
): Promise<void> {
  const tag = referrersTag(subject);
  await state.tagLock.run(`${repo.path}:${tag}`, async () => {
    const started = performance.now();
    const seen = new Map<unknown, ListEntry>();
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const before = await findStable(repo, subject, signal);
      const entries = entriesOf(before, manifestName(repo, tag));
      const overwritten = "add" in change ? await overwrittenEntries(repo, seen, entries, signal) : [];
      const after = applyChange([...entries, ...overwritten], change);
      if (!after) return;
      const alive = await livingEntries(repo, state, after, change, signal);
      await manifestSend(repo, indexOf(before, alive), tag, signal);
      // Whoever read before we wrote has written by then, on a registry as fast as ours was just now.
      const spent = (performance.now() - started) / round;
      await pause(Math.min(MAX_PAUSE, spent * 2) + randomInt(1, 20) * round);
      if (!applyChange(entriesOf(await findList(repo, subject, signal), manifestName(repo, tag)), change)) return;
    }
    throw new DualRegistryError(
      "REGISTRY_UNAVAILABLE",
      `${manifestName(repo, tag)}: other clients changed this list of referrers during each of ${MAX_ROUNDS} attempts; run the command again`,
    );
  });
}

/** An empty list is believed only when it is empty twice: a registry may be writing the tag at this moment. */
export async function findStable(
  repo: RepositoryContext,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<Manifest | undefined> {
  const referrers = await findList(repo, subject, signal);
  if (referrers) return referrers;
  await pause(5);
  return findList(repo, subject, signal);
}

/** What is under the tag of a subject's list. GitLab takes that tag for the digest: the subject itself is no list. */
async function findList(
  repo: RepositoryContext,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<Manifest | undefined> {
  const found = await manifestFind(repo, referrersTag(subject), signal);
  return found?.digest === subject ? undefined : found;
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
      const present = typeof digest === "string" && isDigest(digest) && (await manifestExists(repo, digest, signal));
      return present ? [entry] : [];
    }),
  );
  return checked.flat();
}

/**
 * The entries without those whose manifest is gone: a registry may refuse a list that names one, and whoever reads it
 * runs into it. What cannot be a digest is left as it is, for it is nobody's of ours.
 */
async function livingEntries(
  repo: RepositoryContext,
  state: FallbackState,
  entries: readonly ListEntry[],
  change: ListChange,
  signal: AbortSignal | undefined,
): Promise<ListEntry[]> {
  const added = new Set("add" in change ? change.add.map(({ digest }) => digest) : []);
  const keyOf = (digest: Digest) => `${repo.path}@${digest}`;
  const checked = await Promise.all(
    entries.map(async (entry) => {
      const digest = entry["digest"];
      if (typeof digest !== "string" || !isDigest(digest) || added.has(digest)) return [entry];
      if (!state.present.has(keyOf(digest)) && !(await manifestExists(repo, digest, signal))) return [];
      state.present.add(keyOf(digest));
      return [entry];
    }),
  );
  for (const digest of added) state.present.add(keyOf(digest));
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
