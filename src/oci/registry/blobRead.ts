import { pipeline, Readable } from "node:stream";
import { DigestCheck } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import type { Descriptor } from "../manifest";
import { corrupted, type Retrying, Transient, withRetries } from "../transport/retry";
import { discard, type HttpAnswer } from "../transport/transport";
import { type Reply, tokenRanOut } from "./caller";
import { at, type Room } from "./repositoryContext";

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
  throw tokenRanOut(answer) ? corrupted(refusal, attempt) : refusal;
}

function cutWhere(answer: HttpAnswer, attempt: number, check: () => void): void {
  try {
    check();
  } catch (error) {
    discard(answer);
    throw corrupted(error, attempt);
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

/** A body from some offset on. */
interface Opened {
  answer: HttpAnswer;
  /** Bytes at the body's beginning that are there already: the server did not begin where it was asked to. */
  skip: number;
}

/**
 * Bytes that go on where they were when a connection breaks. It pushes what the network brings as it is, and lets the
 * network wait while nobody reads.
 */
class BlobStream extends Readable {
  private readonly stop = new AbortController();
  private source: HttpAnswer["body"] | undefined;
  private offset: number;

  /**
   * @param from first byte wanted
   * @param open asks for the bytes from an offset on, by the number of the try
   */
  constructor(
    private readonly what: string,
    private readonly size: number,
    from: number,
    private readonly open: (offset: number, attempt: number, signal: AbortSignal) => Promise<Opened>,
  ) {
    super({ highWaterMark: 1024 * 1024 });
    this.offset = from;
  }

  /**
   * Begins. @returns when the first bytes are on their way
   *
   * @throws DualRegistryError what asking for them throws
   */
  async begin(retrying: Retrying): Promise<void> {
    const { signal } = retrying;
    signal?.throwIfAborted();
    const give = (): void => void this.destroy(signal?.reason instanceof Error ? signal.reason : new Error("Aborted"));
    signal?.addEventListener("abort", give, { once: true });
    this.once("close", () => signal?.removeEventListener("abort", give));
    return new Promise((begun, failed) => {
      const step = async (attempt: number): Promise<void> => {
        const opened = await this.open(this.offset, attempt, this.stop.signal);
        begun();
        await this.pump(opened);
      };
      withRetries(this.what, step, { ...retrying, signal: this.stop.signal, progress: () => this.offset }).then(
        () => this.push(null),
        (error: unknown) => {
          failed(error instanceof Error ? error : new Error(String(error)));
          // Before the beginning nobody listens to the stream: the promise alone tells.
          this.destroy(this.source && error instanceof Error ? error : undefined);
        },
      );
    });
  }

  override _read(): void {
    this.source?.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.stop.abort(error ?? new Error("The reader has gone"));
    this.source?.on("error", () => undefined).destroy();
    done(error);
  }

  private pump({ answer, skip }: Opened): Promise<void> {
    let rest = skip;
    const { body } = answer;
    this.source = body;
    return new Promise((resolve, reject) => {
      body.on("data", (chunk: Buffer) => {
        const fresh = rest === 0 ? chunk : chunk.subarray(Math.min(rest, chunk.length));
        rest -= chunk.length - fresh.length;
        if (fresh.length === 0) return;
        this.offset += fresh.length;
        if (!this.push(fresh)) body.pause();
      });
      body.on("end", () => {
        if (this.offset >= this.size) resolve();
        else reject(new Transient(`it ended after ${this.offset} of ${this.size} bytes`));
      });
      body.on("error", reject);
      body.on("close", () => reject(new Transient(`it broke off after ${this.offset} of ${this.size} bytes`)));
    });
  }
}
