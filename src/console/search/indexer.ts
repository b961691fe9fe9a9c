import { setTimeout as sleep } from "node:timers/promises";
import { type Digest, isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import { isReferrersTag, subjectOfReferrersTag } from "../../base/referrersTag";
import { DAY_MS } from "../../base/time";
import { cachedSource, type ImageSource, readDetails, readManifest, requestedWait } from "../../oci";
import { isSqliteError } from "./database";
import { documentOf } from "./document";
import type { ChangeHint } from "./notifications";
import { Pace, type PaceLimits } from "./pace";
import { readPackages } from "./packages";
import type { IndexStore } from "./store";

/** What one registry's share of the index is made of. */
export interface IndexerParts {
  store: IndexStore;
  session: { repository: (path: string) => ImageSource };
  /** For messages. */
  host: string;
  /** Repositories of the map in this registry, with their paths there. */
  repositories: ReadonlyMap<string, string>;
  pace: PaceLimits;
  /** Milliseconds between two readings of everything. */
  every: number;
  /** Lets the index outlive this process as it is now. */
  keep: () => Promise<void>;
  /** Gets what went wrong, for the log. */
  onProblem: (problem: string) => void;
  /** Gets what is a fault of this program. */
  onFault: (error: unknown) => void;
}

const AT_ONCE = 4;
/** Hints that wait; what comes beyond is found when all is read the next time. */
const MAX_HINTS = 5_000;
/** What is attached to an image is looked at again after so long: it may come long after the image. */
const PACKAGES_FRESH = DAY_MS;
const PACKAGES_AT_ONCE = 50;
/** Images after which a repository's turn ends where the registry refuses each. */
const FAILURES_IN_A_ROW = 20;
/** Milliseconds until a registry that does not answer is asked again. */
const AFTER_PROBLEM = 30_000;
const AFTER_HINT = 1_000;

/** What a notification named, in a repository of the map. */
type RepositoryHint = Omit<ChangeHint, "path"> & { repository: string };

/** Fills the index from one registry: reads everything in turns, and at once what a notification names. */
export class RegistryIndexer {
  /** Why the last reading did not come to its end. */
  problem: string | undefined;
  /** Repositories that could not be read, or not all of them, and why; the same of what is attached to their images. */
  private readonly unread = { images: new Map<string, string>(), attached: new Map<string, string>() };
  /** Tags that notifications name while a repository's are listed: the list may be older than they are. */
  private readonly named = new Map<string, Set<string>>();
  private readonly ending = new AbortController();
  private readonly pace: Pace;
  private readonly hints = new Map<string, RepositoryHint>();
  private readonly names: ReadonlyMap<string, string>;
  private wake = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: IndexerParts) {
    this.pace = new Pace(parts.pace, this.ending.signal);
    this.names = new Map([...parts.repositories].map(([repository, path]) => [path, repository]));
  }

  /** What could not be read: repositories, each with why. */
  get problems(): readonly (readonly [repository: string, problem: string])[] {
    return [...this.unread.images, ...this.unread.attached];
  }

  /** Begins, and goes on until {@link end}. */
  begin(): void {
    this.running = Promise.all([this.readAll(), this.followHints()]).catch((error: unknown) => {
      if (!this.ending.signal.aborted) this.parts.onFault(error);
    });
  }

  async end(): Promise<void> {
    this.ending.abort();
    this.wake.abort();
    await this.running;
  }

  /** Takes a hint, where its repository is one of the map in this registry. */
  hint({ path, ...hint }: ChangeHint): void {
    const repository = this.names.get(path);
    if (repository === undefined || this.hints.size >= MAX_HINTS) return;
    this.hints.set(JSON.stringify([repository, hint]), { repository, ...hint });
    this.wake.abort();
  }

  private source(repository: string, counter?: { reads: number }): ImageSource {
    const path = this.parts.repositories.get(repository) ?? repository;
    return this.pace.paced(this.parts.session.repository(path), counter);
  }

  private async readAll(): Promise<void> {
    for (;;) {
      const wait = await this.attempt(
        () => this.pass(),
        (problem) => (this.problem = problem),
      );
      await sleep(wait ?? this.parts.every, undefined, { signal: this.ending.signal });
    }
  }

  private async followHints(): Promise<void> {
    for (;;) {
      const [first] = this.hints;
      if (first === undefined) {
        this.wake = new AbortController();
        const either = AbortSignal.any([this.wake.signal, this.ending.signal]);
        await sleep(this.parts.every, undefined, { signal: either }).catch(() => undefined);
        this.ending.signal.throwIfAborted();
        continue;
      }
      const [key, hint] = first;
      this.hints.delete(key);
      // What cannot be followed is found when all is read the next time.
      const wait = await this.attempt(() => this.follow(hint), undefined, AFTER_HINT);
      if (wait !== undefined) await sleep(wait, undefined, { signal: this.ending.signal });
    }
  }

  /** @returns milliseconds to wait where the registry cannot be asked, or nothing can be written */
  private async attempt(
    task: () => Promise<void>,
    tell?: (problem: string | undefined) => void,
    pause = Math.min(AFTER_PROBLEM, this.parts.every),
  ): Promise<number | undefined> {
    try {
      await task();
      tell?.(undefined);
      return undefined;
    } catch (error) {
      this.ending.signal.throwIfAborted();
      if (!(error instanceof DualRegistryError)) throw error;
      this.parts.onProblem(error.message);
      tell?.(error.message);
      return Math.max(requestedWait(error) ?? 0, pause);
    }
  }

  /** Reads everything once: first what images say, which costs least, then what is attached to them. */
  private async pass(): Promise<void> {
    const { store, keep } = this.parts;
    await this.eachRepository(this.unread.images, (repository) => this.readRepository(repository));
    await store.dropUnusedPackages();
    await keep();
    await this.eachRepository(this.unread.attached, (repository) => this.readAttached(repository));
    await keep();
  }

  /**
   * Gives each repository its turn, whatever the registry answers about another one.
   *
   * @param troubles gets why one could not be read, or not all of it
   * @throws DualRegistryError REGISTRY_UNAVAILABLE where none could; what stands against the index itself
   */
  private async eachRepository(
    troubles: Map<string, string>,
    task: (repository: string) => Promise<string | undefined>,
  ): Promise<void> {
    const failures: DualRegistryError[] = [];
    for (const repository of this.parts.repositories.keys()) {
      try {
        const trouble = await task(repository);
        if (trouble === undefined) troubles.delete(repository);
        else troubles.set(repository, trouble);
      } catch (error) {
        const failure = this.ofRegistry(error);
        this.parts.onProblem(failure.message);
        troubles.set(repository, failure.message);
        failures.push(failure);
        const wait = requestedWait(failure);
        if (wait !== undefined) await sleep(wait, undefined, { signal: this.ending.signal });
      }
    }
    const [first] = failures;
    if (first === undefined || failures.length < this.parts.repositories.size) return;
    if (failures.some(({ code }) => code !== "REGISTRY_UNAVAILABLE")) return;
    troubles.clear();
    throw first;
  }

  /** What a registry answered about a repository or an image. @throws every other error, also of the index itself */
  private ofRegistry(error: unknown): DualRegistryError {
    this.ending.signal.throwIfAborted();
    if (!(error instanceof DualRegistryError) || isSqliteError(error.cause)) throw error;
    return error;
  }

  /** @returns why an image of it could not be read */
  private async readRepository(repository: string): Promise<string | undefined> {
    const { store } = this.parts;
    const begun = Date.now();
    const named = new Set<string>();
    this.named.set(repository, named);
    const tags = new Set<string>();
    try {
      for await (const tag of this.source(repository).tags()) if (!isReferrersTag(tag)) tags.add(tag);
      await store.keepTags(repository, (tag) => tags.has(tag) || named.has(tag));
    } finally {
      this.named.delete(repository);
    }
    const troubles: string[] = [];
    // Tags that stand for one image cost its manifest again, and no more.
    const source = cachedSource(this.source(repository));
    const failures = await this.eachImage([...tags], (tag) => this.readTag(repository, tag, source, troubles));
    // What a registry refuses today may be there: the repository counts as read when it was.
    if (failures.length === 0) await store.passed(repository, begun);
    return failures[0]?.message ?? troubles[0];
  }

  /** Does something with each image, whatever the registry answers about another one. @throws after many failures in a row */
  private async eachImage<T>(all: readonly T[], task: (one: T) => Promise<void>): Promise<DualRegistryError[]> {
    const failures: DualRegistryError[] = [];
    let inARow = 0;
    await eachOf(all, async (one) => {
      try {
        await task(one);
        inARow = 0;
      } catch (error) {
        const failure = this.ofRegistry(error);
        failures.push(failure);
        inARow += 1;
        if (inARow >= FAILURES_IN_A_ROW) throw failure;
        const wait = requestedWait(failure);
        if (wait !== undefined) await sleep(wait, undefined, { signal: this.ending.signal });
      }
    });
    return failures;
  }

  /**
   * Brings one tag up to date: a look where it is known, all of the image where it is not.
   *
   * @param troubles gets why an image that is there cannot be read
   */
  private async readTag(
    repository: string,
    tag: string,
    source = this.source(repository),
    troubles: string[] = [],
  ): Promise<void> {
    const { store } = this.parts;
    this.ending.signal.throwIfAborted();
    if (store.hasTag(repository, tag)) {
      const resolved = await source.resolve(tag);
      if (resolved === undefined) return store.dropTag(repository, tag);
      if (await store.setTag(repository, tag, resolved.digest)) return;
    }
    try {
      const tree = await readDetails(source, tag);
      await store.put(repository, documentOf(tree), tag, Date.now());
    } catch (error) {
      // An image that is gone meanwhile, not whole or not one takes no other with it.
      if (!isOfOneImage(error)) throw error;
      if (error.code !== "NOT_FOUND" || (await source.resolve(tag)) !== undefined) troubles.push(error.message);
      await store.dropTag(repository, tag);
    }
  }

  /** @returns why what is attached to an image could not be read: it is asked for again in the next turn */
  private async readAttached(repository: string): Promise<string | undefined> {
    const missed = new Map<Digest, string>();
    for (;;) {
      const since = Date.now() - PACKAGES_FRESH;
      const due = this.parts.store
        .unreadPackages(repository, since, PACKAGES_AT_ONCE + missed.size)
        .filter(({ digest }) => !missed.has(digest));
      if (due.length === 0) return [...missed.values()][0];
      await this.eachImage(due, async (image) => {
        await this.readPackagesOf(repository, image).catch((error: unknown) => {
          missed.set(image.digest, this.ofRegistry(error).message);
          throw error;
        });
      });
    }
  }

  private async readPackagesOf(
    repository: string,
    { digest, sboms }: ReturnType<IndexStore["unreadPackages"]>[number],
  ): Promise<void> {
    this.ending.signal.throwIfAborted();
    const counter = { reads: 0 };
    const list = await readPackages(this.source(repository, counter), digest, sboms).catch((error: unknown) => {
      if (isOfOneImage(error)) return { packages: [], isPartial: true };
      throw error;
    });
    await this.parts.store.putPackages(repository, digest, list, { reads: counter.reads, at: Date.now() });
  }

  /** Looks at what a notification named. A digest may be an image, a part of one, or something attached to one. */
  private async follow({ repository, reference, isDeleted = false }: RepositoryHint): Promise<void> {
    const { store } = this.parts;
    const tags = isReferrersTag(reference)
      ? []
      : isDigest(reference)
        ? store.tagsOf(repository, reference)
        : [reference];
    for (const tag of tags) {
      this.named.get(repository)?.add(tag);
      await this.readTag(repository, tag);
    }
    const subject = isReferrersTag(reference)
      ? subjectOfReferrersTag(reference)
      : isDigest(reference) && !isDeleted
        ? await this.subjectOf(repository, reference)
        : undefined;
    if (subject !== undefined) await store.forgetPackages(repository, subject);
    for (const image of store.unreadPackagesOf(repository, tags, subject)) {
      await this.readPackagesOf(repository, image);
    }
  }

  /** What a manifest refers to, where it does. */
  private async subjectOf(repository: string, digest: Digest): Promise<Digest | undefined> {
    const source = this.source(repository);
    try {
      return readManifest(await source.manifest(digest), `${source.name}@${digest}`).subject?.digest;
    } catch (error) {
      if (isOfOneImage(error)) return undefined;
      throw error;
    }
  }
}

/** True for what goes wrong with one image, and leaves the others. */
const isOfOneImage = (error: unknown): error is DualRegistryError =>
  error instanceof DualRegistryError && ["NOT_FOUND", "CONTENT_INVALID", "DIGEST_MISMATCH"].includes(error.code);

/** Does something with each, some at once; after a failure nothing more is begun. */
async function eachOf<T>(all: readonly T[], task: (one: T) => Promise<void>): Promise<void> {
  const limit = limiter(AT_ONCE);
  let hasFailed = false;
  const run = (one: T) =>
    limit(async () => {
      if (hasFailed) return;
      await task(one).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
    });
  await allSettled(all.map(run));
}
