import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import { patternReader } from "./settings";
import type { Verdict } from "./bearer";
import { hashOf, type MachineToken, readToken, stateOf, type TokenStore } from "./machineTokens";

/** Milliseconds for which the last list counts while its store gives no answer; then no machine token counts. */
const STALE = 5 * 60_000;
/** Milliseconds for which a store that failed is not asked again. */
const PAUSE = 2_000;
const AT_ONCE = 8;

interface Known {
  /** Of the record in its store. */
  name: string;
  token: MachineToken;
  /** Milliseconds since 1970. */
  at: number;
}

/**
 * The machine tokens as the console knows them: read anew when the list is older than it may be, by the first request
 * that needs it. A record that is none is no token, and takes no other with it; one that cannot be read now counts as it
 * was read last, for as long as the list would.
 */
export class TokenBook {
  private byHash: ReadonlyMap<string, MachineToken> = new Map();
  /** Each record as it was last read, and when. */
  private byName: ReadonlyMap<string, Known> = new Map();
  private readAt = -Infinity;
  private failedAt = -Infinity;
  private reading: Promise<void> | undefined;

  /** @param age milliseconds that the list may be old */
  constructor(
    private readonly store: TokenStore,
    private readonly age: number,
    private readonly now: () => number,
    private readonly warn: (reason: string) => void,
  ) {}

  private async refresh(): Promise<void> {
    try {
      const started = this.now();
      const limit = limiter(AT_ONCE);
      const names = await this.store.names();
      const failed: Error[] = [];
      const read = await allSettled(names.map((name) => limit(() => this.tokenOf(name, failed))));
      // One record that cannot be had is that record's own; all of them are the store's.
      const [first] = failed;
      if (first !== undefined && failed.length === names.length) throw first;
      const known = read.filter((one) => one !== undefined);
      this.byName = new Map(known.map((one) => [one.name, one]));
      this.byHash = new Map(known.map(({ token }) => [token.hash, token]));
      this.readAt = started;
    } catch (error) {
      this.failedAt = this.now();
      this.warn(error instanceof Error ? error.message : "unknown");
    }
  }

  private async tokenOf(name: string, failed: Error[]): Promise<Known | undefined> {
    const at = this.now();
    try {
      const token = await readToken(this.store, name);
      return token && { name, token, at };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.warn(error.message);
      if (error instanceof DualRegistryError && error.code === "CONTENT_INVALID") return undefined;
      failed.push(error);
      const last = this.byName.get(name);
      return last !== undefined && at - last.at < this.age + STALE ? last : undefined;
    }
  }

  /** Judges what has the form of a machine token. */
  async judge(token: string): Promise<Verdict> {
    const isOld = this.now() - this.readAt >= this.age;
    if (isOld && this.now() - this.failedAt >= PAUSE) {
      this.reading ??= this.refresh().finally(() => (this.reading = undefined));
      await this.reading;
    }
    if (this.now() - this.readAt >= this.age + STALE) {
      return { state: "unknown", reason: "the list of machine tokens cannot be read" };
    }
    const kept = this.byHash.get(hashOf(token));
    if (kept === undefined) return { state: "wrong", reason: "no such machine token" };
    const state = stateOf(kept, this.now());
    if (state !== "active") {
      const since = state === "revoked" ? (kept.revoked ?? "") : kept.expires;
      return { state: "wrong", reason: `machine token ${kept.name}: ${state} since ${since}` };
    }
    return { state: "ok", visitor: { kind: "machine", name: kept.name, mayRead: patternReader(kept.repositories) } };
  }
}
