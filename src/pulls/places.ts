import type { PullLine } from "./line";
import type { RegistryEvent } from "./registryLog";

/** A line of the application with the events that were given to it. */
export interface Candidate {
  line: PullLine;
  /** Milliseconds since 1970. */
  at: number;
  events: RegistryEvent[];
}

/** Asks what stands behind a name, and gets no bytes of it. Source: distribution specification, "Checking if content exists". */
export const HEAD = "HEAD";

/** How an event's client and a line's are the same: both name it, or one of them names nobody. */
export type Naming = "same-name" | "one-unnamed";

const hasEvent = ({ events }: Candidate, { method, digest }: RegistryEvent): boolean =>
  events.some((own) => own.method === method && own.digest === digest);

/** Lines in the order of time. What was found taken is stepped over from then on, so that many at once stay cheap. */
class Row {
  private readonly jumps = new Map<string, { back: Int32Array; on: Int32Array }>();
  private waiting: Int32Array | undefined;
  readonly lines: Candidate[] = [];

  /** How many lines are earlier than a time. */
  private before(time: number): number {
    let [first, last] = [0, this.lines.length];
    while (first < last) {
      const middle = (first + last) >> 1;
      if ((this.lines[middle]?.at ?? 0) < time) first = middle + 1;
      else last = middle;
    }
    return first;
  }

  /** The nearest line within the window that has no event of this kind yet; of two as near the earlier one. */
  nearest(event: RegistryEvent, window: number): Candidate | undefined {
    const at = Date.parse(event.time);
    const middle = this.before(at);
    const one = this.free(middle - 1, "back", event);
    const other = this.free(middle, "on", event);
    const distance = (candidate: Candidate | undefined): number =>
      candidate === undefined ? Infinity : Math.abs(candidate.at - at);
    const best = distance(one) <= distance(other) ? one : other;
    return distance(best) <= window ? best : undefined;
  }

  private free(from: number, way: "back" | "on", event: RegistryEvent): Candidate | undefined {
    const jumps = this.jumpsOf(event.method)[way];
    const passed: number[] = [];
    let index = from;
    for (let one = this.lines[index]; one !== undefined && hasEvent(one, event); one = this.lines[index]) {
      passed.push(index);
      index = jumps[index] ?? index;
    }
    for (const place of passed) jumps[place] = index;
    return this.lines[index];
  }

  private jumpsOf(method: string): { back: Int32Array; on: Int32Array } {
    const known = this.jumps.get(method);
    if (known) return known;
    const made = {
      back: Int32Array.from(this.lines, (_, index) => index - 1),
      on: Int32Array.from(this.lines, (_, index) => index + 1),
    };
    this.jumps.set(method, made);
    return made;
  }

  /** How many lines around a time got nothing from the registry; asked once all events are given away. */
  waitingAround(at: number, window: number): number {
    if (this.waiting === undefined) {
      this.waiting = new Int32Array(this.lines.length + 1);
      for (const [index, { events }] of this.lines.entries()) {
        const waits = events.every(({ method }) => method === HEAD);
        this.waiting[index + 1] = (this.waiting[index] ?? 0) + (waits ? 1 : 0);
      }
    }
    return (this.waiting[this.before(at + window + 1)] ?? 0) - (this.waiting[this.before(at - window)] ?? 0);
  }
}

/** The lines of one registry, repository and digest, or without a digest: all, those that name nobody, those of each name. */
class Place {
  readonly all = new Row();
  readonly unnamed = new Row();
  private readonly named = new Map<string, Row>();

  add(candidate: Candidate): void {
    this.all.lines.push(candidate);
    const name = candidate.line.identity?.toLowerCase();
    const row = name === undefined ? this.unnamed : (this.named.get(name) ?? new Row());
    row.lines.push(candidate);
    if (name !== undefined) this.named.set(name, row);
  }

  row({ identity }: RegistryEvent, naming: Naming): Row | undefined {
    if (naming === "same-name") return identity === undefined ? undefined : this.named.get(identity.toLowerCase());
    return identity === undefined ? this.all : this.unnamed;
  }

  /** The lines whose client may be an event's. */
  rows(event: RegistryEvent): Row[] {
    return [this.row(event, "same-name"), this.row(event, "one-unnamed")].filter((row) => row !== undefined);
  }
}

/** Lines by their place, found by time. */
export class Places {
  private readonly places = new Map<string, Place>();

  /** @param window milliseconds that a line and an event may be apart */
  constructor(private readonly window: number) {}

  /**
   * Adds a line; lines come in the order of time.
   *
   * @param digests of the index and the manifests below it; none where the line names none: then it is given no event, and
   * may have been meant by those of its repository
   */
  add(candidate: Candidate, { registry, digests }: { registry: string; digests: readonly string[] }): void {
    for (const digest of digests.length === 0 ? [NO_DIGEST] : new Set(digests)) {
      const key = keyOf(registry, candidate.line.repository, digest);
      const place = this.places.get(key) ?? new Place();
      place.add(candidate);
      this.places.set(key, place);
    }
  }

  /** Gives an event to the nearest line that it fits and that has none of its kind yet. @returns whether there was one */
  give(event: RegistryEvent, naming: Naming): boolean {
    const nearest = this.row(event, naming)?.nearest(event, this.window);
    nearest?.events.push(event);
    return nearest !== undefined;
  }

  /** Whether a line that got nothing from the registry may have been meant by an event that another line has. */
  hasRival(event: RegistryEvent): boolean {
    const at = Date.parse(event.time);
    return [event.digest, NO_DIGEST].some((digest) =>
      this.place(event, digest)
        ?.rows(event)
        .some((row) => row.waitingAround(at, this.window) > 0),
    );
  }

  /** The nearest line without a digest that an event may be of. */
  nearestWithoutDigest(event: RegistryEvent): Candidate | undefined {
    const found = this.place(event, NO_DIGEST)?.rows(event) ?? [];
    return found.map((row) => row.nearest(event, this.window)).find((candidate) => candidate !== undefined);
  }

  private row(event: RegistryEvent, naming: Naming): Row | undefined {
    return event.digest === undefined ? undefined : this.place(event, event.digest)?.row(event, naming);
  }

  private place({ registry, repository }: RegistryEvent, digest: string | undefined): Place | undefined {
    return digest === undefined ? undefined : this.places.get(keyOf(registry, repository, digest));
  }
}

/** Stands for the digest of lines that name none. */
const NO_DIGEST = "";

const keyOf = (registry: string, repository: string | undefined, digest: string): string =>
  `${registry} ${repository ?? ""} ${digest}`;
