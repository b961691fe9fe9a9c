import { Readable } from "node:stream";
import { Transient, withRetries, type Retrying } from "../http/retry";
import type { HttpAnswer } from "../http/transport";

/** A body from some offset on. */
export interface Opened {
  answer: HttpAnswer;
  /** Bytes at the body's beginning that are there already: the server did not begin where it was asked to. */
  skip: number;
}

/**
 * Bytes that go on where they were when a connection breaks. It pushes what the network brings as it is, and lets the
 * network wait while nobody reads.
 */
export class BlobStream extends Readable {
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
