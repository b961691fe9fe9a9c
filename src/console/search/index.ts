import { tmpdir } from "node:os";
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { defined } from "../../base/defined";
import { digestOf } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { limiter } from "../../base/limit";
import { HOUR_MS } from "../../base/time";
import { IMAGE_CLASSES, type ImageClass } from "../../domain/image/imageClass";
import type { RegistrySession } from "../../oci";
import type { IndexState, SearchPage } from "../model";
import { registryViews } from "../registryViews";
import type { BuiltSettings } from "../settings";
import { isSqliteError } from "./database";
import { RegistryIndexer } from "./indexer";
import type { ChangeHint } from "./notifications";
import { costOf, PACE, type PaceLimits } from "./pace";
import { readQuestion, type SearchPlace } from "./question";
import { findImages, type SearchCursor } from "./search";
import { IndexStore } from "./store";
import { makeWorkFolder, removeWorkFolder } from "./workFolder";

export { notificationRoutes, NOTIFICATIONS_PATH } from "./notifications";
export { MAX_QUESTION, SEARCH_PLACES, type SearchPlace } from "./question";

/** How the index is kept fresh. */
export interface SearchOptions {
  /** Milliseconds between two readings of everything. @default 10 minutes */
  every: number;
  /** Milliseconds after which a changed index is kept while it is still read. @default 5 minutes */
  keepEvery: number;
  /** To each registry. @default 2,000 requests and 100 lists of referrers a minute */
  pace: PaceLimits;
  /** Pages of 4 KiB that the index may have. @default 65,536: 256 MiB */
  maxPages?: number;
  /** Folder of temporary files. @default the system's */
  temporary: string;
}

/** What a search is made of. */
export interface SearchParts {
  settings: BuiltSettings;
  sessions: Readonly<Record<ImageClass, RegistrySession>>;
  log: { info: (fields: object, message: string) => void; warn: (fields: object, message: string) => void };
  /** Gets what is a fault of this program. */
  onFault: (error: unknown) => void;
  options?: Partial<SearchOptions>;
}

/** Whose search it is, and which page of it. */
interface SearchWish {
  mayRead: (repository: string) => boolean;
  after?: SearchCursor;
  limit: number;
}

/** A search over both registries of a stage. */
export interface ImageSearch {
  /** @throws DualRegistryError USAGE for a question that is none */
  find: (place: SearchPlace, text: string, wish: SearchWish) => SearchPage;
  /** The same in its turn: one search at a time, and whatever else waits comes between two. */
  findInTurn: (...asked: Parameters<ImageSearch["find"]>) => Promise<SearchPage>;
  /** How old the index is, as far as somebody may read. */
  state: (mayRead: SearchWish["mayRead"]) => IndexState;
  /** Looks soon at what a notification names. */
  hint: (hint: ChangeHint) => void;
  /** Begins to read the registries. */
  begin: () => void;
  /** Ends reading, and keeps the index. */
  close: () => Promise<void>;
}

const DEFAULTS: Readonly<Omit<SearchOptions, "temporary">> = {
  ...{ every: HOUR_MS / 6, keepEvery: HOUR_MS / 12, pace: PACE },
};

/** Makes the search of a stage. Where no index can be written there is none, which its state says; nothing else ends. */
export function makeSearch(parts: SearchParts): ImageSearch {
  const options = { ...DEFAULTS, temporary: tmpdir(), ...parts.options };
  try {
    return new IndexSearch(parts, options, makeWorkFolder(options.temporary));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    parts.log.warn({ reason }, "no search");
    return withoutIndex(reason, options.pace);
  }
}

const DAMAGED = "The index is damaged; a restart of the console builds it anew";

function offState(reason: string, pace: PaceLimits): IndexState {
  const none = {
    repositories: 0,
    repositoriesRead: 0,
    images: 0,
    imagesWithPackages: 0,
    imagesWithPartialPackages: 0,
    tags: 0,
  };
  return {
    ...{ state: "off", ...none, problems: [reason], isKept: false },
    cost: costOf({ imageReads: 0, images: 0, tags: 0, repositories: 0 }, pace),
  };
}

function withoutIndex(reason: string, pace: PaceLimits): ImageSearch {
  const index = offState(reason, pace);
  const find: ImageSearch["find"] = (place, text) => {
    readQuestion(place, text);
    return { hits: [], total: 0, isMore: false, index };
  };
  return {
    find,
    findInTurn: (...asked) => Promise.resolve().then(() => find(...asked)),
    state: () => index,
    hint: () => undefined,
    begin: () => undefined,
    close: () => Promise.resolve(),
  };
}

const countsRow = z.object({ images: z.number(), packages: z.number(), partial: z.number(), reads: z.number() });
const passRow = z.object({ count: z.number(), oldest: z.number().nullable() });

class IndexSearch implements ImageSearch {
  private readonly store: IndexStore;
  private readonly indexers: readonly { indexer: RegistryIndexer; class: ImageClass }[];
  private readonly classes: ReadonlyMap<string, ImageClass>;
  private keepProblem: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly turns = limiter(1);

  constructor(
    private readonly parts: SearchParts,
    private readonly options: SearchOptions,
    private readonly work: string,
  ) {
    const { settings, sessions, log, onFault } = parts;
    const views = registryViews(settings);
    const hosts = IMAGE_CLASSES.map((at) => [views[at].host, views[at].namespace]);
    const of = digestOf(Buffer.from(JSON.stringify([settings.product, settings.stage, hosts])));
    this.store = new IndexStore({ work, of, ...defined({ kept: settings.data, maxPages: options.maxPages }) });
    const { begins, refused } = this.store.opened;
    if (refused !== undefined) log.warn({ folder: settings.data, reason: refused }, "index that was kept is not taken");
    log.info({ begins, folder: settings.data ?? "none" }, "search");
    this.classes = new Map(settings.images.map((image) => [image.repository, image.class]));
    this.indexers = IMAGE_CLASSES.map((at) => {
      const { host, namespace } = views[at];
      const repositories = settings.images
        .filter((image) => image.class === at)
        .map(
          ({ repository }) =>
            [repository, namespace === undefined ? repository : `${namespace}/${repository}`] as const,
        );
      const indexer = new RegistryIndexer({
        ...{ store: this.store, session: sessions[at], host, repositories: new Map(repositories) },
        ...{ pace: options.pace, every: options.every, keep: () => this.keep(), onFault },
        onProblem: (reason) => log.warn({ reason }, "index"),
      });
      return { indexer, class: at };
    });
  }

  private readable(mayRead: SearchWish["mayRead"]): Map<string, ImageClass> {
    return new Map([...this.classes].filter(([repository]) => mayRead(repository)));
  }

  find(place: SearchPlace, text: string, { mayRead, after, limit }: SearchWish): SearchPage {
    const question = readQuestion(place, text);
    const find = () => findImages(this.store, question, this.readable(mayRead), { limit, ...defined({ after }) });
    const found = this.unlessDamaged(find) ?? { hits: [], total: 0, isMore: false };
    return { ...found, index: this.state(mayRead) };
  }

  findInTurn(...asked: Parameters<ImageSearch["find"]>): Promise<SearchPage> {
    return this.turns(async () => {
      await setImmediate();
      return this.find(...asked);
    });
  }

  state(mayRead: SearchWish["mayRead"]): IndexState {
    return this.unlessDamaged(() => this.stateOf(mayRead)) ?? offState(DAMAGED, this.options.pace);
  }

  /** A file that was changed behind this process takes the search, and nothing else. */
  private unlessDamaged<T>(task: () => T): T | undefined {
    try {
      return task();
    } catch (error) {
      if (!isSqliteError(error) && !(error instanceof z.ZodError)) throw error;
      this.parts.log.warn({ reason: error instanceof Error ? error.message : "" }, "index is damaged");
      return undefined;
    }
  }

  private stateOf(mayRead: SearchWish["mayRead"]): IndexState {
    const { store, options } = this;
    const readable = this.readable(mayRead);
    const among = "repository IN (SELECT value FROM json_each(?))";
    const names = [JSON.stringify([...readable.keys()])];
    const sums = "coalesce(sum(reads + coalesce(packages_reads, 1)), 0) AS reads";
    const counted = `SELECT count(*) AS images, count(packages_at) AS packages, coalesce(sum(is_partial), 0) AS partial, ${sums} FROM image WHERE ${among}`;
    const [counts] = store.rows(countsRow, counted, names);
    const passed = `SELECT count(*) AS count, min(begun) AS oldest FROM pass WHERE ${among}`;
    const [passes] = store.rows(passRow, passed, names);
    const tags = store.number(`SELECT count(*) AS n FROM tag WHERE ${among}`, names) ?? 0;
    const { images, packages, partial, reads } = counts ?? { images: 0, packages: 0, partial: 0, reads: 0 };
    const { count, oldest } = passes ?? { count: 0, oldest: null };
    const isRead = count === readable.size;
    return {
      state: isRead ? "ready" : "building",
      ...(isRead && oldest !== null && { asOf: new Date(oldest).toISOString() }),
      ...{
        repositories: readable.size,
        repositoriesRead: count,
        images,
        imagesWithPackages: packages,
        tags,
        imagesWithPartialPackages: partial,
      },
      problems: this.problemsOf(readable),
      isKept: this.parts.settings.data !== undefined && this.keepProblem === undefined,
      cost: costOf({ imageReads: reads, images, tags, repositories: readable.size }, options.pace),
    };
  }

  /** What stands against the index, as far as it is about what somebody may read. */
  private problemsOf(readable: ReadonlyMap<string, ImageClass>): string[] {
    const classes = new Set(readable.values());
    const of = this.indexers.filter((one) => classes.has(one.class));
    const problems = of.flatMap(({ indexer, class: at }) => [
      // A registry's answer may name a repository: who may not read all of them learns that something is wrong, and no more.
      ...(indexer.problem === undefined
        ? []
        : [this.readsAll(readable, at) ? indexer.problem : `The ${at} registry cannot be read at the moment`]),
      ...indexer.problems.flatMap(([repository, problem]) => (readable.has(repository) ? [problem] : [])),
    ]);
    return [...problems.slice(0, 10), ...(this.keepProblem === undefined ? [] : [this.keepProblem])];
  }

  private readsAll(readable: ReadonlyMap<string, ImageClass>, at: ImageClass): boolean {
    return [...this.classes].every(([repository, imageClass]) => imageClass !== at || readable.has(repository));
  }

  hint(hint: ChangeHint): void {
    for (const { indexer } of this.indexers) indexer.hint(hint);
  }

  begin(): void {
    const { onFault } = this.parts;
    const names = [...this.classes.keys()];
    this.store.keepRepositories(names).then(() => {
      for (const { indexer } of this.indexers) indexer.begin();
    }, onFault);
    this.timer = setInterval(() => void this.keep(), this.options.keepEvery);
    this.timer.unref();
  }

  /** A folder that takes nothing leaves the search as it is, but for a restart. */
  private async keep(): Promise<void> {
    try {
      await this.store.keep();
      this.keepProblem = undefined;
    } catch (error) {
      if (!(error instanceof DualRegistryError)) {
        this.parts.onFault(error);
        return;
      }
      const problem = `The index is lost at a restart: ${error.message}`;
      if (this.keepProblem !== problem) this.parts.log.warn({ reason: error.message }, "index is not kept");
      this.keepProblem = problem;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.indexers.map(({ indexer }) => indexer.end()));
    await this.keep();
    this.store.close();
    removeWorkFolder(this.work);
  }
}
