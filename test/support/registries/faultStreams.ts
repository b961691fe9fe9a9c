import { Transform, type TransformCallback } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, Side } from "./faults";

/** What is done once the bytes that get through are through. */
export interface FaultActions {
  reset: () => void;
  /** Ends the response where it is; whoever reads notices by its length only. */
  cut: () => void;
}

/** The stream that a body of one side goes through; `undefined` where the fault does nothing to it. */
export function faultStream(fault: Fault | undefined, side: Side, actions: FaultActions): Transform | undefined {
  if (fault?.kind === "truncate") return side === "response" ? new Stop(fault.atByte, actions.cut) : undefined;
  if (fault === undefined || !("of" in fault) || fault.of !== side) return undefined;
  if (fault.kind === "reset") return new Stop(fault.atByte, actions.reset);
  if (fault.kind === "hang") return new Stop(fault.atByte, () => undefined);
  if (fault.kind === "corrupt") return new Corrupt(fault.atByte);
  return new Slow(fault.bytesPerSecond);
}

/** Lets so many bytes through, then does something and passes on nothing more; shorter bodies end as they are. */
class Stop extends Transform {
  private stopped = false;

  constructor(
    private left: number,
    private readonly then: () => void,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    if (this.stopped) return;
    const passed = chunk.subarray(0, this.left);
    this.left -= passed.length;
    if (passed.length > 0) this.push(passed);
    if (passed.length < chunk.length) {
      this.stopped = true;
      // The bytes that get through must be on their way before the connection goes.
      setTimeout(this.then, 5);
    } else done();
  }
}

class Corrupt extends Transform {
  private seen = 0;

  constructor(private readonly at: number) {
    super();
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const index = this.at - this.seen;
    this.seen += chunk.length;
    if (index < 0 || index >= chunk.length) done(null, chunk);
    else {
      const wrong = Buffer.from(chunk);
      wrong.writeUInt8((wrong.readUInt8(index) ^ 0xff) & 0xff, index);
      done(null, wrong);
    }
  }
}

class Slow extends Transform {
  constructor(private readonly bytesPerSecond: number) {
    super();
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const step = Math.max(1, Math.floor(this.bytesPerSecond / 20));
    void (async () => {
      for (let at = 0; at < chunk.length && !this.destroyed; at += step) {
        const part = chunk.subarray(at, at + step);
        await sleep((part.length / this.bytesPerSecond) * 1000);
        this.push(part);
      }
      done();
    })();
  }
}
