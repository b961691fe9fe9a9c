import type { Readable } from "node:stream";
import { DualRegistryError } from "../../base/errors";
import type { Descriptor } from "../manifest";
import { corrupted, Transient, withRetries } from "../transport/retry";
import { discard, type HttpAnswer } from "../transport/transport";
import { hasBlob, namedBlob } from "./blobRead";
import { tokenRanOut } from "./caller";
import { parseLocation } from "./links";
import { at, type Room } from "./repositoryContext";
import { acceptedBytes, isLost, Meter, uploadStatus } from "./uploadStatus";

/** Up to this size a blob is sent with the request that ends the upload: one round trip less. Bytes. */
export const SMALL = 1024 * 1024;

/** The specification's own is the first; some registries answer with the others. */
const TAKEN: readonly number[] = [202, 204, 201];
const STORED: readonly number[] = [201, 204];

type Open = (offset: number, signal?: AbortSignal) => Promise<Readable>;

interface Options {
  /** An upload that was begun already. */
  session?: URL | undefined;
  onBytes?: ((count: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Sends a blob: all that is left in one piece, which is what every registry takes, whatever its least length of a piece.
 * After a broken connection the registry is asked how far it came. Where it cannot say, the blob is sent anew.
 *
 * @throws DualRegistryError
 */
export async function upload(room: Room, descriptor: Descriptor, open: Open, options: Options): Promise<void> {
  await new Upload(room, descriptor, open, options).run();
}

class Upload {
  private place: URL | undefined;
  /** Bytes the registry is known to hold. */
  private offset = 0;
  private tries = 0;
  /** Bytes told to `onBytes`: those sent twice count once. */
  private told = 0;

  constructor(
    private readonly room: Room,
    private readonly descriptor: Descriptor,
    private readonly open: Open,
    private readonly options: Options,
  ) {
    this.place = options.session;
  }

  async run(): Promise<void> {
    const { retrying } = this.room.caller;
    const by = { ...retrying, signal: this.options.signal ?? retrying.signal, progress: () => this.offset };
    await withRetries(`${this.named}, sending`, (attempt) => this.attempt(attempt), by);
  }

  private async attempt(attempt: number): Promise<void> {
    const { room, descriptor, options } = this;
    this.tries = attempt;
    if (attempt > 1) {
      if (await hasBlob(room, descriptor, options.signal)) return;
      await this.findPlace();
    }
    this.place ??= await this.begin();
    if (descriptor.size > SMALL && this.offset < descriptor.size) await this.sendRest(this.place);
    const named = await this.finish(this.place);
    if (named || (await hasBlob(room, descriptor, options.signal))) return;
    this.forget();
    throw new Transient("the registry said that it has it, but does not");
  }

  private get named(): string {
    return namedBlob(this.room, this.descriptor);
  }

  private async begin(): Promise<URL> {
    const answer = await this.exchange(
      { method: "POST", to: at(this.room, "blobs/uploads/"), body: Buffer.alloc(0) },
      [202],
    );
    return this.placeOf(answer) ?? this.noPlace();
  }

  /** Where the upload stands now. What the registry no longer knows is begun anew. */
  private async findPlace(): Promise<void> {
    if (!this.place) return;
    const { room, descriptor, options } = this;
    const status = await uploadStatus(room, this.place, options.signal);
    if (!status || status.offset > descriptor.size || descriptor.size <= SMALL) this.forget();
    else {
      this.place = status.place;
      this.offset = status.offset;
    }
  }

  private async sendRest(place: URL): Promise<void> {
    const { descriptor, offset } = this;
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": String(descriptor.size - offset),
      // The first piece goes without, as from the Docker engine: not every registry knows the header.
      ...(offset === 0 ? {} : { "content-range": `${offset}-${descriptor.size - 1}` }),
    };
    const answer = await this.sendBody({ method: "PATCH", to: place, headers }, TAKEN);
    this.place = this.placeOf(answer) ?? place;
    const accepted = acceptedBytes(answer) ?? descriptor.size;
    if (accepted === descriptor.size) this.offset = accepted;
    else throw new Transient(`the registry took ${accepted} of ${descriptor.size} bytes`);
  }

  /** @returns whether the registry's answer names the blob: then it has computed the digest itself, and is believed */
  private async finish(place: URL): Promise<boolean> {
    const { descriptor } = this;
    const to = new URL(this.place ?? place);
    to.search += `${to.search === "" ? "?" : "&"}digest=${encodeURIComponent(descriptor.digest)}`;
    const call = { method: "PUT" as const, to, answerWithin: this.room.caller.transport.timeouts.commit };
    const whole = descriptor.size <= SMALL && descriptor.size > 0;
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": String(whole ? descriptor.size : 0),
    };
    const answer = whole
      ? await this.sendBody({ ...call, headers }, STORED)
      : await this.exchange({ ...call, headers, body: Buffer.alloc(0) }, STORED);
    const said = answer.header("docker-content-digest");
    if (said === undefined || said === descriptor.digest) return said !== undefined;
    throw new DualRegistryError("DIGEST_MISMATCH", `${this.named}: the registry calls what it got by another digest`);
  }

  /** Sends the bytes from the offset on, from the beginning of them again where the registry asks who we are. */
  private async sendBody(call: Sent, expected: readonly number[]): Promise<HttpAnswer> {
    const { offset, options, descriptor } = this;
    const what = this.named;
    let source: Readable | undefined;
    let meter: Meter | undefined;
    const body = async (): Promise<Readable> => {
      source?.destroy();
      source = await this.open(offset, options.signal);
      meter = new Meter(descriptor.size - offset, what, (count) => this.tell(offset + count)).behind(source);
      return meter;
    };
    try {
      return await this.exchange({ ...call, body }, expected);
    } catch (error) {
      // What the network says of a body that failed is only an echo of it.
      throw meter?.errored instanceof DualRegistryError ? meter.errored : error;
    } finally {
      meter?.destroy();
      source?.destroy();
    }
  }

  private async exchange(call: Sent, expected: readonly number[]): Promise<HttpAnswer> {
    const { caller, push } = this.room;
    const whole = { ...call, scopes: push, signal: this.options.signal };
    const answer = await caller.exchange(whole);
    if (expected.includes(answer.status)) {
      discard(answer);
      return answer;
    }
    const complaint = await caller.complaint(answer);
    const refusal = await caller.refusal(answer, whole, complaint);
    if (tokenRanOut(answer)) throw corrupted(refusal, this.tries);
    if (call.method === "POST" || !(refusal instanceof DualRegistryError) || !isLost(complaint)) throw refusal;
    this.forget();
    throw new Transient(refusal.message, undefined, refusal);
  }

  private tell(reached: number): void {
    if (reached > this.told) this.options.onBytes?.(reached - this.told);
    this.told = Math.max(this.told, reached);
  }

  private forget(): void {
    this.place = undefined;
    this.offset = 0;
  }

  private placeOf(answer: HttpAnswer): URL | undefined {
    const location = answer.header("location");
    const what = `Upload to ${this.room.name}`;
    return location === undefined ? undefined : parseLocation(location, answer.url, this.room.caller.base, what);
  }

  private noPlace(): never {
    throw new DualRegistryError("CONTENT_INVALID", `Upload to ${this.room.name}: the registry does not say where to`);
  }
}

type Sent = Parameters<Room["caller"]["exchange"]>[0];
