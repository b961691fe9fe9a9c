import { pipeline, Readable } from "node:stream";
import { DualRegistryError } from "../../errors";
import { DigestCheck } from "../digest";
import { hurt } from "../http/hurt";
import { discard, type HttpAnswer } from "../http/transport";
import type { Descriptor } from "../manifest";
import { tokenRanOut, type Reply } from "./caller";
import { BlobStream, type Opened } from "./blobStream";
import { at, type Room } from "./room";

/** For messages. */
export const namedBlob = ({ name }: Room, { digest }: Pick<Descriptor, "digest">): string => `Blob ${name}@${digest}`;

/** Whether a blob is there. @throws DualRegistryError DIGEST_MISMATCH where it has another size */
export async function hasBlob(room: Room, descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
  const to = at(room, `blobs/${descriptor.digest}`);
  const check = ({ status, header }: Reply) =>
    status === 200 && refuseOtherSize(header("content-length"), descriptor, room);
  const reply = await room.caller.ask({ method: "HEAD", to, scopes: room.pull, check, signal }, [200, 404]);
  return reply.status === 200;
}

/** A blob's bytes, checked as they flow. @throws DualRegistryError */
export async function readBlob(room: Room, descriptor: Descriptor, signal?: AbortSignal): Promise<Readable> {
  const source = await readBlobFrom(room, descriptor, 0, signal);
  const check = new DigestCheck(descriptor, namedBlob(room, descriptor));
  pipeline(source, check, () => undefined);
  return check;
}

/** A blob's bytes from an offset on, unchecked: whoever puts them together has to check the whole. */
export async function readBlobFrom(
  room: Room,
  descriptor: Descriptor,
  offset: number,
  signal?: AbortSignal,
): Promise<Readable> {
  if (offset >= descriptor.size && descriptor.size > 0) return Readable.from([]);
  const stream = new BlobStream(namedBlob(room, descriptor), descriptor.size, offset, (from, attempt, stop) =>
    open(room, descriptor, { from, attempt }, stop),
  );
  await stream.begin({ ...room.caller.retrying, signal: signal ?? room.caller.retrying.signal });
  return stream;
}

async function open(
  room: Room,
  descriptor: Descriptor,
  { from: offset, attempt }: { from: number; attempt: number },
  signal: AbortSignal,
): Promise<Opened> {
  const call = {
    method: "GET" as const,
    to: at(room, `blobs/${descriptor.digest}`),
    scopes: room.pull,
    signal,
    ...(offset > 0 ? { headers: { range: `bytes=${offset}-` } } : {}),
  };
  const answer = await room.caller.exchange(call);
  if (answer.status === 200) {
    cutWhere(answer, attempt, () => refuseOtherSize(answer.header("content-length"), descriptor, room));
    return { answer, skip: offset };
  }
  if (answer.status === 206 && offset > 0) {
    cutWhere(answer, attempt, () => refuseOtherRange(answer, descriptor, offset, room));
    return { answer, skip: 0 };
  }
  const refusal = await room.caller.refusal(answer, call);
  throw tokenRanOut(answer) ? hurt(refusal, attempt) : refusal;
}

function cutWhere(answer: HttpAnswer, attempt: number, check: () => void): void {
  try {
    check();
  } catch (error) {
    discard(answer);
    throw hurt(error, attempt);
  }
}

function refuseOtherSize(length: string | undefined, descriptor: Descriptor, room: Room): void {
  if (length === undefined || Number(length) === descriptor.size) return;
  throw new DualRegistryError(
    "DIGEST_MISMATCH",
    `${namedBlob(room, descriptor)}: the registry holds ${Number(length)} bytes; expected: ${descriptor.size}`,
  );
}

function refuseOtherRange(answer: HttpAnswer, descriptor: Descriptor, offset: number, room: Room): void {
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(answer.header("content-range") ?? "");
  if (range && Number(range[1]) === offset && (range[3] === "*" || Number(range[3]) === descriptor.size)) return;
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${namedBlob(room, descriptor)}: asked for the bytes from ${offset} on, another part came`,
  );
}
