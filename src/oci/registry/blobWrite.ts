import type { Readable } from "node:stream";
import { DualRegistryError } from "../../base/errors";
import type { KeyedLock, Limit } from "../../base/limit";
import { isRepository } from "../../base/reference";
import { mergeScopes, repositoryScope } from "../auth/token";
import type { BlobOutcome } from "../imageStore";
import type { Descriptor } from "../manifest";
import { withRetries } from "../transport/retry";
import { discard, type HttpAnswer } from "../transport/transport";
import { hasBlob, namedBlob } from "./blobRead";
import { parseLocation } from "./links";
import { at, type Room } from "./repositoryContext";
import { SMALL, upload } from "./upload";

/** How a blob is sent. */
export interface WriteOptions {
  mountFrom?: readonly string[];
  /** False where it is known not to be there. @default true */
  look?: boolean;
  onBytes?: (count: number) => void;
  signal?: AbortSignal;
}

/** What all repositories of a session share for writing blobs. */
export interface Traffic {
  /** One writer of a digest at a time: the next one finds it there, or mounts it. */
  writing: KeyedLock;
  /** How many are sent at once. */
  places: Limit;
  /** Where blobs are known to be, by digest: paths that were written in this session. */
  homes: Map<string, Set<string>>;
  /** False once the registry did not mount what it certainly had. */
  mounts: boolean;
}

const MOST_HOMES = 3;

/** Sees to it that a blob is there. @throws DualRegistryError */
export async function writeBlob(
  room: Room,
  traffic: Traffic,
  descriptor: Descriptor,
  open: (offset: number, signal?: AbortSignal) => Promise<Readable>,
  options: WriteOptions = {},
): Promise<BlobOutcome> {
  options.signal?.throwIfAborted();
  if (await mountFromHome(room, traffic, descriptor, options.signal)) return "mounted";
  return traffic.writing.run(descriptor.digest, async () => {
    options.signal?.throwIfAborted();
    if (await mountFromHome(room, traffic, descriptor, options.signal)) return "mounted";
    const outcome = await write(room, descriptor, traffic, open, options);
    const homes = traffic.homes.get(descriptor.digest) ?? new Set();
    if (homes.size < MOST_HOMES) traffic.homes.set(descriptor.digest, homes.add(room.path));
    return outcome;
  });
}

/** Mounts what this session has put elsewhere: that needs no look before, and no turn. */
async function mountFromHome(
  room: Room,
  traffic: Traffic,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const homes = traffic.homes.get(descriptor.digest);
  const [home] = homes ?? [];
  if (home === undefined || homes?.has(room.path) || !traffic.mounts) return false;
  const mounted = await mount(room, descriptor, home, signal);
  if (mounted === "mounted") return true;
  traffic.mounts = false;
  if (mounted) await giveUp(room, mounted);
  return false;
}

async function write(
  room: Room,
  descriptor: Descriptor,
  traffic: Traffic,
  open: (offset: number, signal?: AbortSignal) => Promise<Readable>,
  options: WriteOptions,
): Promise<BlobOutcome> {
  const { signal, onBytes } = options;
  // A small one costs hardly more to send than to ask for; what is sent twice is there once.
  const look = options.look !== false || descriptor.size > SMALL;
  if (look && (await hasBlob(room, descriptor, signal))) return "present";
  const candidates = new Set(options.mountFrom ?? []);
  candidates.delete(room.path);
  let session: URL | undefined;
  for (const from of [...candidates].filter(isRepository)) {
    if (session) await giveUp(room, session);
    const mounted = await mount(room, descriptor, from, signal);
    if (mounted === "mounted") return "mounted";
    session = mounted;
  }
  await traffic.places(() => upload(room, descriptor, open, { session, onBytes, signal }));
  return "sent";
}

/** Tries to take the blob over from another repository. @returns the upload that was begun instead, where one was */
async function mount(
  room: Room,
  descriptor: Descriptor,
  from: string,
  signal: AbortSignal | undefined,
): Promise<"mounted" | URL | undefined> {
  const call = {
    method: "POST" as const,
    to: at(room, `blobs/uploads/?mount=${encodeURIComponent(descriptor.digest)}&from=${encodeURIComponent(from)}`),
    scopes: mergeScopes(room.push, [repositoryScope(from, "pull")]),
    body: Buffer.alloc(0),
    signal,
  };
  const retrying = { ...room.caller.retrying, signal: signal ?? room.caller.retrying.signal };
  try {
    return await withRetries(
      `${namedBlob(room, descriptor)}, from ${from}`,
      async () => {
        const answer = await room.caller.exchange(call);
        if (answer.status !== 201 && answer.status !== 202) throw await room.caller.refusal(answer, call);
        discard(answer);
        if (answer.status === 202) return place(room, answer);
        if (tells(answer, descriptor) || (await hasBlob(room, descriptor, signal))) return "mounted" as const;
        return undefined;
      },
      retrying,
    );
  } catch (error) {
    // Whatever stands in the way of the short cut, the long way may be open.
    if (!(error instanceof DualRegistryError) || error.code === "REGISTRY_UNAVAILABLE") throw error;
    return undefined;
  }
}

const place = (room: Room, answer: HttpAnswer): URL =>
  parseLocation(answer.header("location"), answer.url, room.caller.base, `Upload to ${room.name}`);

/** True where the answer names the blob itself rather than saying only that something went well. */
const tells = (answer: HttpAnswer, { digest }: Descriptor): boolean =>
  answer.header("docker-content-digest") === digest || (answer.header("location") ?? "").endsWith(digest);

async function giveUp(room: Room, session: URL): Promise<void> {
  try {
    discard(await room.caller.exchange({ method: "DELETE", to: session, scopes: room.push }));
  } catch {
    // The registry clears forgotten uploads away by itself.
  }
}
