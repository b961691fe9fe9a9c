import { pipeline, type Readable, Transform, type TransformCallback } from "node:stream";
import { DualRegistryError } from "../../base/errors";
import type { RegistryComplaint } from "../transport/responseBody";
import { Transient } from "../transport/retry";
import { discard, type HttpAnswer } from "../transport/transport";
import { parseLocation } from "./links";
import type { Room } from "./repositoryContext";

/**
 * How far an upload came. Source: distribution specification 1.1, "Resuming an upload".
 *
 * @returns `undefined` where the registry does not know it, or cannot say
 */
export async function uploadStatus(
  room: Room,
  place: URL,
  signal: AbortSignal | undefined,
): Promise<{ place: URL; offset: number } | undefined> {
  const call = { method: "GET" as const, to: place, scopes: room.push, signal };
  const answer = await room.caller.exchange(call);
  if (answer.status !== 204) {
    const refusal = await room.caller.refusal(answer, call);
    if (refusal instanceof Transient) throw refusal;
    return undefined;
  }
  discard(answer);
  const offset = acceptedBytes(answer);
  if (offset === undefined) return undefined;
  const location = answer.header("location");
  const what = `Upload to ${room.name}`;
  return {
    offset,
    place: location === undefined ? place : parseLocation(location, answer.url, room.caller.base, what),
  };
}

/**
 * Bytes a registry says to hold, by `Range: 0-<last>`. "0-0" is what some say of nothing, and others of one byte: it
 * counts as not said.
 */
export function acceptedBytes(answer: Pick<HttpAnswer, "header">): number | undefined {
  const range = /^(?:bytes=)?0-(\d{1,15})$/.exec(answer.header("range")?.trim() ?? "");
  return range && range[1] !== "0" ? Number(range[1]) + 1 : undefined;
}

const LOST: readonly string[] = ["BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID", "DIGEST_INVALID", "RANGE_INVALID"];

/** True where another upload may come through although this one cannot. */
export const isLost = ({ status, code }: RegistryComplaint): boolean =>
  status === 404 || status === 416 || (status === 400 && LOST.includes(code));

/**
 * Counts what flows through to the network. The last piece goes out only when the source has ended well, its own check
 * included: a registry never gets the whole of what is wrong.
 */
export class Meter extends Transform {
  private count = 0;
  private last: Buffer | undefined;

  /**
   * @param size bytes that must come
   * @param onCount gets the bytes that came so far
   */
  constructor(
    private readonly size: number,
    private readonly what: string,
    private readonly onCount: (count: number) => void,
  ) {
    super({ highWaterMark: 512 * 1024 });
  }

  /** Lets a source flow into it; the end of one is the end of the other. */
  behind(source: Readable): this {
    pipeline(source, this, () => undefined);
    return this;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.count += chunk.length;
    this.onCount(this.count);
    if (this.count < this.size) done(null, chunk);
    else if (this.count === this.size && !this.last) {
      this.last = chunk;
      done();
    } else if (chunk.length === 0) done();
    else done(this.wrong("more"));
  }

  override _flush(done: TransformCallback): void {
    if (this.count === this.size) done(null, this.last);
    else done(this.wrong(String(this.count)));
  }

  private wrong(came: string): DualRegistryError {
    return new DualRegistryError(
      "DIGEST_MISMATCH",
      `${this.what}: ${came} bytes came from the source; expected: ${this.size}`,
    );
  }
}
