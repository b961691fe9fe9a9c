import { LRUCache } from "lru-cache";
import { type Digest, isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import {
  IF_INCOMPLETE,
  type ImageSource,
  readDetails,
  type RegistrySession,
  requestedWait,
  type TreeDetails,
} from "../../oci";
import type { Part, RegistryView } from "../model";

/** How long what a registry said is taken for what it says, and how long it is waited for. Milliseconds and bytes. */
export interface ReaderLimits {
  /** A tag, a list of tags, and that a digest is there. @default 15,000 */
  freshFor: number;
  /** For one part of an answer. @default 10,000 */
  patience: number;
  /** Contents of images that are kept. @default 32 MiB */
  memory: number;
  /**
   * Requests a minute whether a digest is somewhere. Each question asks every repository, and a registry of Azure's Basic
   * or Standard takes 5,000 reads of all its clients. @default 1,000; for a larger map as many as one question takes
   */
  looks: number;
}

/** @default of {@link ReaderLimits} */
export const READER_LIMITS: ReaderLimits = {
  ...{ freshFor: 15_000, patience: 10_000, memory: 32 * 1024 * 1024 },
  looks: 1_000,
};

/** What a tag or digest was found to stand for, and when: milliseconds since 1970. */
interface Seen {
  readonly digest: Digest;
  readonly at: number;
}

/** An image as it was read. */
export interface Opened {
  readonly tree: TreeDetails;
  /** When the registry was asked. */
  readonly at: number;
}

/** Milliseconds in which looks are counted. */
const LOOKS_WITHIN = 60_000;
const MAX_REPOSITORIES = 1_000;
const MAX_REFERENCES = 20_000;
/** Digests that a repository was found not to have. */
const MAX_MISSING = 10_000;
/** Characters of lists of tags that are kept. */
const MAX_TAG_TEXT = 8 * 1024 * 1024;

/**
 * Reads one registry on behalf of many people: what a digest stands for is read once, what a tag stands for is asked for
 * again after some seconds, and who asks for the same at the same time waits for one answer. A registry that asked to be
 * left alone is.
 */
export class RegistryReader {
  private readonly trees: LRUCache<string, TreeDetails>;
  private readonly tagLists: LRUCache<string, { readonly tags: readonly string[]; readonly at: number }>;
  /** By repository: what its tags and digests stand for. */
  private readonly seen = new LRUCache<string, LRUCache<string, Seen>>({ max: MAX_REPOSITORIES });
  /** Repositories and digests that are not there, and when that was said. */
  private readonly missing = new LRUCache<string, number>({ max: MAX_MISSING });
  private readonly pending = new Map<string, Promise<unknown>>();
  private quietUntil = 0;
  /** What is left of this minute's looks, and when it began. */
  private looks = { left: 0, since: -Infinity };

  constructor(
    readonly view: RegistryView,
    private readonly session: RegistrySession,
    private readonly limits: ReaderLimits,
    private readonly now: () => number,
  ) {
    this.trees = new LRUCache({ maxSize: limits.memory, sizeCalculation: sizeOf });
    this.tagLists = new LRUCache({ maxSize: MAX_TAG_TEXT, sizeCalculation: ({ tags }) => tags.join(",").length + 1 });
  }

  /** A repository's path in this registry. */
  pathOf(repository: string): string {
    return this.view.namespace === undefined ? repository : `${this.view.namespace}/${repository}`;
  }

  private source(repository: string): ImageSource {
    return this.session.repository(this.pathOf(repository));
  }

  /** The repository itself, uncached, for what is asked for rarely: every request ends with the signal. */
  sourceUntil(repository: string, signal: AbortSignal): ImageSource {
    const source = this.source(repository);
    return {
      name: source.name,
      resolve: (reference) => source.resolve(reference, signal),
      manifest: (reference) => source.manifest(reference, signal),
      blob: (descriptor) => source.blob(descriptor, signal),
      referrers: (digest, _, tags) => source.referrers(digest, signal, tags),
      tags: () => source.tags(signal),
    };
  }

  /**
   * What a task gives, or why the registry cannot say it now.
   *
   * @throws DualRegistryError NOT_FOUND; the signal's reason; what is a fault of this program
   */
  async part<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<Part<T>> {
    signal?.throwIfAborted();
    try {
      // What is known needs no registry: a task asks for itself.
      return { state: "ok", value: await unlessAborted(task(), signal) };
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return this.unavailable(error);
    }
  }

  private unavailable(error: unknown): Part<never> {
    if (error instanceof DOMException && error.name === "TimeoutError") {
      const reason = `${this.view.host}: no answer within ${this.limits.patience / 1000} s`;
      return { state: "unavailable", reason };
    }
    if (!(error instanceof DualRegistryError) || error.code === "NOT_FOUND") throw error;
    const wait = error instanceof QuietError ? error.wait : requestedWait(error);
    if (wait !== undefined && !(error instanceof QuietError)) this.quietUntil = this.now() + wait;
    const reason = error.message;
    return wait === undefined
      ? { state: "unavailable", reason }
      : { state: "unavailable", reason, retryAfter: Math.ceil(wait / 1000) };
  }

  /** Asks the registry, unless it asked to be left alone; who asks for the same meanwhile gets the same answer. */
  ask<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const wait = this.quietUntil - this.now();
    if (wait > 0) return Promise.reject(new QuietError(this.view.host, "it asked for a pause", wait));
    const before = this.pending.get(key);
    // Each key belongs to one method, and so to one type.
    if (before !== undefined) return before as Promise<T>;
    const patience = AbortSignal.timeout(this.limits.patience);
    const running = load(patience);
    const loading = unlessAborted(running, patience);
    this.pending.set(key, loading);
    // Who comes after patience has ended gets the same answer until the load itself has: one runs at a time.
    const done = () => void this.pending.delete(key);
    running.then(done, done);
    return loading;
  }

  /** Every tag of a repository, sorted, since not every registry does; none where the registry does not know it. */
  async tags(repository: string): Promise<readonly string[]> {
    const known = this.tagLists.get(repository);
    if (known !== undefined && this.now() - known.at < this.limits.freshFor) return known.tags;
    return this.ask(`tags ${repository}`, async (signal) => {
      const tags: string[] = [];
      for await (const tag of this.source(repository).tags(signal)) tags.push(tag);
      tags.sort();
      this.tagLists.set(repository, { tags, at: this.now() });
      return tags;
    });
  }

  /**
   * An image: the manifest of a tag, its platform's manifest and configuration, where nothing of it is known; one look
   * at the tag where it is. Nothing is asked within the time in which an answer counts as fresh.
   *
   * @throws DualRegistryError NOT_FOUND, and what the registry answers
   */
  async open(repository: string, reference: string): Promise<Opened> {
    const seen = this.seenIn(repository);
    const last = seen.get(reference);
    if (last !== undefined && this.now() - last.at < this.limits.freshFor) {
      return { tree: await this.tree(repository, last.digest), at: last.at };
    }
    return this.ask(`image ${repository} ${reference}`, async (signal) => {
      const known = last !== undefined || this.trees.has(treeKey(repository, reference));
      // By its manifest a tag is resolved and read in one; what is known needs no more than a look.
      const digest = known
        ? await this.look(repository, reference, signal)
        : (await this.read(repository, reference, signal)).digest;
      const at = this.now();
      seen.set(reference, { digest, at });
      return { tree: await this.tree(repository, digest), at };
    });
  }

  /** Whether a digest is in a repository. */
  async holds(repository: string, digest: Digest): Promise<boolean> {
    const seen = this.seenIn(repository);
    const last = seen.get(digest);
    if (last !== undefined && this.isFresh(last.at)) return true;
    const key = treeKey(repository, digest);
    if (this.isFresh(this.missing.get(key))) return false;
    return this.ask(`holds ${repository} ${digest}`, async (signal) => {
      this.takeLook();
      const found = await this.source(repository).resolve(digest, signal);
      if (found === undefined) {
        seen.delete(digest);
        this.missing.set(key, this.now());
      } else seen.set(digest, { digest, at: this.now() });
      return found !== undefined;
    });
  }

  /** @throws QuietError where this minute's looks are used up */
  private takeLook(): void {
    const now = this.now();
    if (now - this.looks.since >= LOOKS_WITHIN) this.looks = { left: this.limits.looks, since: now };
    const wait = this.looks.since + LOOKS_WITHIN - now;
    if (this.looks.left <= 0)
      throw new QuietError(this.view.host, "it is asked for more digests than it should be", wait);
    this.looks.left -= 1;
  }

  private isFresh(at: number | undefined): boolean {
    return at !== undefined && this.now() - at < this.limits.freshFor;
  }

  /** What a tag was found to stand for a moment ago, without a question. */
  known(repository: string, tag: string): { digest: Digest; tree?: TreeDetails } | undefined {
    const last = this.seen.get(repository)?.get(tag);
    if (last === undefined || !this.isFresh(last.at)) return undefined;
    const tree = this.trees.get(treeKey(repository, last.digest));
    return tree === undefined ? { digest: last.digest } : { digest: last.digest, tree };
  }

  /**
   * Until when the list of tags, and what these tags stand for, count as fresh: milliseconds since 1970.
   *
   * @returns 0 where one of them is not known
   */
  freshUntil(repository: string, tags: readonly string[]): number {
    const seen = this.seen.get(repository);
    const times = [this.tagLists.get(repository)?.at, ...tags.map((tag) => seen?.get(tag)?.at)];
    return times.reduce<number>((least, at) => Math.min(least, at ?? 0), Infinity) + this.limits.freshFor;
  }

  /** The tags that were found to stand for a digest a moment ago, sorted: an older answer may not hold any more. */
  tagsOf(repository: string, digest: Digest): readonly string[] {
    const entries = [...(this.seen.get(repository)?.entries() ?? [])];
    return entries
      .flatMap(([name, one]) => (one.digest === digest && this.isFresh(one.at) && !isDigest(name) ? [name] : []))
      .sort();
  }

  /** Asks whether the registry answers. */
  ping(): Promise<"up"> {
    return this.ask("ping", async (signal) => {
      await this.session.ping(undefined, signal);
      return "up" as const;
    });
  }

  private async look(repository: string, reference: string, signal: AbortSignal): Promise<Digest> {
    const found = await this.source(repository).resolve(reference, signal);
    if (found !== undefined) return found.digest;
    this.seen.get(repository)?.delete(reference);
    this.tagLists.delete(repository);
    const name = this.nameOf(repository, reference);
    throw new DualRegistryError("NOT_FOUND", `${name} is not there, or not there any more`);
  }

  private nameOf(repository: string, reference: string): string {
    return `${this.view.host}/${this.pathOf(repository)}${isDigest(reference) ? "@" : ":"}${reference}`;
  }

  private tree(repository: string, digest: Digest): Promise<TreeDetails> {
    const known = this.trees.get(treeKey(repository, digest));
    if (known !== undefined) return Promise.resolve(known);
    return this.ask(`tree ${repository} ${digest}`, (signal) => this.read(repository, digest, signal));
  }

  private async read(repository: string, reference: string, signal: AbortSignal): Promise<TreeDetails> {
    try {
      const tree = await readDetails(this.joined(repository), reference, signal);
      this.trees.set(treeKey(repository, tree.digest), tree);
      return tree;
    } catch (error) {
      if (!(error instanceof DualRegistryError) || error.code !== "NOT_FOUND") throw error;
      // It was deleted meanwhile, which the look says, or a part of what is still there is missing.
      await this.look(repository, reference, signal);
      const why = `${this.nameOf(repository, reference)} names parts that are not there: ${error.message}`;
      throw new DualRegistryError("CONTENT_INVALID", `${why}; ${IF_INCOMPLETE}`);
    }
  }

  /** A repository in which one digest is asked for once at a time, by whichever way it is come to. */
  private joined(repository: string): ImageSource {
    const source = this.source(repository);
    return {
      name: source.name,
      resolve: (reference, signal) => source.resolve(reference, signal),
      manifest: (reference, signal) =>
        isDigest(reference)
          ? this.ask(`manifest ${repository} ${reference}`, (own) => source.manifest(reference, own))
          : source.manifest(reference, signal),
      blob: (descriptor, signal) => source.blob(descriptor, signal),
      referrers: (digest, signal) => source.referrers(digest, signal),
      tags: (signal) => source.tags(signal),
    };
  }

  private seenIn(repository: string): LRUCache<string, Seen> {
    const known =
      this.seen.get(repository) ?? new LRUCache<string, Seen>({ maxSize: MAX_REFERENCES, sizeCalculation: () => 1 });
    this.seen.set(repository, known);
    return known;
  }
}

/** A registry that is left alone for a while. */
class QuietError extends DualRegistryError {
  /** @param wait milliseconds */
  constructor(
    host: string,
    why: string,
    readonly wait: number,
  ) {
    super("REGISTRY_UNAVAILABLE", `${host}: ${why}; ask again in ${Math.ceil(wait / 1000)} s`);
  }
}

const treeKey = (repository: string, digest: string): string => `${repository}@${digest}`;

/** Bytes that a tree takes, about: two for each character. */
const sizeOf = (tree: TreeDetails): number => 2 * JSON.stringify(tree).length + 1;

/** Waits for a task that others may wait for too, until the signal ends the waiting. */
function unlessAborted<T>(task: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return task;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    signal.addEventListener("abort", onAbort, { once: true });
    task.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
