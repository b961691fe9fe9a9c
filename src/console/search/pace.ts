import { setTimeout as sleep } from "node:timers/promises";
import type { ImageSource } from "../../oci";
import type { IndexCost } from "../model";

/** Requests a minute to one registry. */
export interface PaceLimits {
  /** All requests. @default 2,000 */
  reads: number;
  /** Lists of referrers. @default 100 */
  referrerLists: number;
}

/**
 * What the smallest Azure Container Registry allows an identity a minute: Basic and Standard take 5,000 reads and 250
 * lists of referrers, Premium 10,000 and 1,000. Source: Azure Container Registry, service tiers and throttling.
 */
export const ACR_ALLOWS: Readonly<PaceLimits> = { reads: 5_000, referrerLists: 250 };

/** The index takes two fifths of that: people who open images ask with the same identity. */
export const PACE: Readonly<PaceLimits> = { reads: 2_000, referrerLists: 100 };

const MINUTE = 60_000;
/** Tags that a registry lists at once, about: a request each. */
const TAGS_A_PAGE = 100;

/** Lets through so many a minute, evenly. */
class Turnstile {
  private nextAt = 0;

  constructor(private readonly perMinute: number) {}

  async pass(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.nextAt);
    this.nextAt = at + MINUTE / this.perMinute;
    if (at > now) await sleep(at - now, undefined, { signal });
    signal.throwIfAborted();
  }
}

/** Counts requests. */
export interface Counter {
  reads: number;
}

/** The pace of requests to one registry. */
export class Pace {
  private readonly reads: Turnstile;
  private readonly lists: Turnstile;

  constructor(
    limits: PaceLimits,
    private readonly signal: AbortSignal,
  ) {
    this.reads = new Turnstile(limits.reads);
    this.lists = new Turnstile(limits.referrerLists);
  }

  /** A source whose every request waits for its turn, is counted, and ends with the signal. */
  paced(source: ImageSource, counter: Counter = { reads: 0 }): ImageSource {
    const { signal } = this;
    const turn = async () => {
      counter.reads += 1;
      await this.reads.pass(signal);
    };
    return {
      name: source.name,
      resolve: async (reference) => (await turn(), source.resolve(reference, signal)),
      manifest: async (reference) => (await turn(), source.manifest(reference, signal)),
      blob: async (descriptor) => (await turn(), source.blob(descriptor, signal)),
      referrers: async (digest) => {
        await this.lists.pass(signal);
        await turn();
        return source.referrers(digest, signal);
      },
      tags: () => this.tags(source, turn),
    };
  }

  private async *tags(source: ImageSource, turn: () => Promise<void>): AsyncIterable<string> {
    await turn();
    let count = 0;
    for await (const tag of source.tags(this.signal)) {
      yield tag;
      count += 1;
      if (count % TAGS_A_PAGE === 0) await turn();
    }
  }
}

/** What reading all anew costs: what it cost to read each image, a list of referrers for each, and all lists of tags. */
export function costOf(
  {
    imageReads,
    images,
    tags,
    repositories,
  }: Readonly<Record<"imageReads" | "images" | "tags" | "repositories", number>>,
  pace: PaceLimits,
): IndexCost {
  const reads = imageReads + repositories + Math.floor(tags / TAGS_A_PAGE);
  const minutes = Math.ceil(Math.max(reads / pace.reads, images / pace.referrerLists));
  return {
    ...{ reads, referrerLists: images, minutes },
    pace: { reads: pace.reads, referrerLists: pace.referrerLists },
    allowed: ACR_ALLOWS,
  };
}
