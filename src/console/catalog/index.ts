import { LRUCache } from "lru-cache";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import { isReferrersTag } from "../../base/referrersTag";
import { quoted } from "../../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../../domain/image/imageClass";
import { publishGate } from "../../domain/image/publication";
import type { RegistrySession } from "../../oci";
import type { Verifier } from "../../signing";
import type {
  Catalog,
  ComparisonView,
  ImageView,
  OriginStatement,
  OriginView,
  Part,
  RepositoryView,
  TagPage,
  TagView,
  TrustView,
} from "../model";
import { registryViews } from "../registryViews";
import type { BuiltSettings } from "../settings";
import { differencesOf, type Side } from "./compare";
import { labelStatements, trustStatements } from "./origin";
import { type Opened, READER_LIMITS, type ReaderLimits, RegistryReader } from "./reader";
import { readTrust } from "./trust";
import { imageView, summaryOf } from "./views";

/** What a catalogue is made of. */
export interface CatalogParts {
  settings: BuiltSettings;
  /** One for each class, at the host of its registry. */
  sessions: Readonly<Record<ImageClass, RegistrySession>>;
  verifier: Verifier;
  limits?: Partial<ReaderLimits>;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

/** Milliseconds for which what is attached to an image, and whether a registry is up, is not asked for again. */
const TRUST_FRESH = 60_000;
const HEALTH_FRESH = 5_000;
const MAX_PAGE = 100;
const AT_ONCE = 6;
/** Characters of what is attached to images that are kept, and holders of a digest whose statements are read. */
const MAX_TRUST = 16 * 1024 * 1024;
const MAX_HOLDERS = 20;
const MAX_PAGES = 200;

/** The catalogue of both registries of a stage, as they were fixed when the console was built. */
export function makeCatalog(parts: CatalogParts): Catalog {
  return new TwoRegistries(parts);
}

/** An image by its repository and a tag or digest. */
interface NamedImage {
  repository: string;
  reference: string;
}

/** An image that is compared: as it is shown, and what is set against the other. */
interface ComparedImage {
  view: ImageView;
  side: Side;
  /** What of it could not be read. */
  unread: readonly string[];
}

function comparisonOf(
  [left, right]: readonly [Part<ComparedImage>, Part<ComparedImage>],
  platform: string | undefined,
): Part<ComparisonView> {
  if (left.state !== "ok") return left;
  if (right.state !== "ok") return right;
  const compared = differencesOf(left.value.side, right.value.side, platform);
  const unread = [...left.value.unread, ...right.value.unread];
  const views = { left: left.value.view, right: right.value.view, ...compared };
  return { state: "ok", value: { ...views, ...(unread.length > 0 && { unread }) } };
}

/**
 * What an image of one stage and one of another differ in: each read from its own stage's registries, and judged by its own
 * stage's policy. A console knows its stage alone; this is for who may read both.
 *
 * @throws DualRegistryError NOT_FOUND for a repository that its stage does not map
 */
export async function compareStages(
  left: { stage: CatalogParts; image: NamedImage },
  right: { stage: CatalogParts; image: NamedImage },
  platform?: string,
): Promise<Part<ComparisonView>> {
  const sideOf = ({ stage, image }: typeof left) => new TwoRegistries(stage).side(image);
  return comparisonOf(await Promise.all([sideOf(left), sideOf(right)]), platform);
}

class TwoRegistries implements Catalog {
  readonly stage: string;
  readonly product: string;
  readonly registries: Catalog["registries"];
  private readonly readers: Readonly<Record<ImageClass, RegistryReader>>;
  private readonly mapped: readonly RepositoryView[];
  private readonly byName: ReadonlyMap<string, RepositoryView>;
  private readonly trusts = new LRUCache<string, TrustView>({
    ...{ maxSize: MAX_TRUST, ttl: TRUST_FRESH },
    sizeCalculation: (view) => JSON.stringify(view).length,
  });
  private readonly pages = new LRUCache<string, { page: Promise<TagPage>; until: number }>({ max: MAX_PAGES });
  /** Of each registry: one that is slow keeps no question from the other. */
  private readonly details = { secure: limiter(AT_ONCE), standard: limiter(AT_ONCE) };
  private readonly now: () => number;
  private lastHealth: { at: number; answer: ReturnType<Catalog["health"]> } | undefined;

  constructor(private readonly parts: CatalogParts) {
    const { settings, sessions, limits, now = Date.now } = parts;
    const views = registryViews(settings);
    this.now = now;
    this.stage = settings.stage;
    this.product = settings.product;
    this.registries = IMAGE_CLASSES.map((at) => views[at]);
    const reader = (at: ImageClass) =>
      new RegistryReader(views[at], sessions[at], { ...READER_LIMITS, ...limits }, now);
    this.readers = { secure: reader("secure"), standard: reader("standard") };
    this.mapped = settings.images
      .map(({ repository, class: imageClass, binding }): RepositoryView => ({ repository, class: imageClass, binding }))
      .sort((one, other) => (one.repository < other.repository ? -1 : 1));
    this.byName = new Map(this.mapped.map((view) => [view.repository, view]));
  }

  repositories(): readonly RepositoryView[] {
    return this.mapped;
  }

  tags(
    repository: string,
    { after, limit = MAX_PAGE, details = false, signal }: NonNullable<Parameters<Catalog["tags"]>[1]> = {},
  ): Promise<Part<TagPage>> {
    const reader = this.readerOf(repository);
    const most = Math.min(Math.max(1, limit), MAX_PAGE);
    return reader.part(() => this.page(repository, after, most, details), signal);
  }

  /** A page as it was made, for as long as all of it is fresh; who asks for the same meanwhile waits for one. */
  private page(repository: string, after: string | undefined, limit: number, details: boolean): Promise<TagPage> {
    const key = JSON.stringify([repository, after, limit, details]);
    const known = this.pages.get(key);
    if (known !== undefined && this.now() < known.until) return known.page;
    const entry = { page: this.makePage(repository, after, limit, details), until: Infinity };
    this.pages.set(key, entry);
    entry.page.then(
      ({ tags }) => {
        const resolved = details ? tags.map(({ tag }) => tag) : [];
        entry.until = this.readerOf(repository).freshUntil(repository, resolved);
      },
      () => this.pages.delete(key),
    );
    return entry.page;
  }

  private async makePage(
    repository: string,
    after: string | undefined,
    limit: number,
    details: boolean,
  ): Promise<TagPage> {
    const reader = this.readerOf(repository);
    const { tags, hidden, next } = pageOf(await reader.tags(repository), after, limit);
    if (details) {
      const run = this.details[reader.view.class];
      await allSettled(tags.map((tag) => run(() => reader.open(repository, tag).catch(ignoreKnown))));
    }
    const views = tags.map((tag) => this.tagView(repository, tag));
    return { repository, tags: views, hidden, ...(next === undefined ? {} : { next }) };
  }

  image(repository: string, reference: string, signal?: AbortSignal): Promise<Part<ImageView>> {
    const reader = this.readerOf(repository);
    return reader.part(async () => this.view(repository, reference, await reader.open(repository, reference)), signal);
  }

  trust(repository: string, digest: Digest, signal?: AbortSignal): Promise<Part<TrustView>> {
    const reader = this.readerOf(repository);
    return reader.part(async () => this.trustOf(repository, await reader.open(repository, digest)), signal);
  }

  async compare(
    left: { repository: string; reference: string },
    right: { repository: string; reference: string },
    { platform, signal }: { platform?: string; signal?: AbortSignal } = {},
  ): Promise<Part<ComparisonView>> {
    return comparisonOf(await Promise.all([this.side(left, signal), this.side(right, signal)]), platform);
  }

  async origin(digest: Digest, mayRead: (repository: string) => boolean, signal?: AbortSignal): Promise<OriginView> {
    const seen = await Promise.all(
      IMAGE_CLASSES.map(async (imageClass) => {
        const reader = this.readers[imageClass];
        const readable = this.mapped.filter((view) => mayRead(view.repository));
        const holding = (isOwn: boolean) =>
          reader.part(
            () =>
              this.holding(
                imageClass,
                readable.filter((view) => (view.class === imageClass) === isOwn),
                digest,
                signal,
              ),
            signal,
          );
        const repositories = await holding(true);
        // What does not answer for its own images is not asked for others.
        const astray = repositories.state === "ok" ? await holding(false) : undefined;
        const held = repositories.state === "ok" ? repositories.value : [];
        const read = await Promise.all(
          held.slice(0, MAX_HOLDERS).map((repository) => this.statements(repository, digest, signal)),
        );
        const rest = held.slice(MAX_HOLDERS).map((repository) => `${repository}: at most ${MAX_HOLDERS} are read`);
        const misplaced = astray?.state === "ok" && astray.value.length > 0 ? { misplaced: astray.value } : {};
        const unasked =
          astray === undefined || astray.state === "ok"
            ? []
            : [`Whether the ${imageClass} registry holds it for the other class: ${astray.reason}`];
        return { holder: { registry: reader.view, repositories, ...misplaced }, read, rest: [...rest, ...unasked] };
      }),
    );
    const all = seen.flatMap(({ read }) => read.flatMap((one) => one.statements));
    const unread = seen.flatMap(({ read, rest }) => [...read.flatMap((one) => one.unread), ...rest]);
    return {
      ...{ digest, holders: seen.map(({ holder }) => holder) },
      complete: this.mapped.every(({ repository }) => mayRead(repository)),
      statements: [...new Map(all.map((one) => [JSON.stringify(one), one])).values()],
      ...(unread.length > 0 && { unread }),
    };
  }

  /** Those of some repositories in which a registry holds a digest. */
  private async holding(
    imageClass: ImageClass,
    views: readonly RepositoryView[],
    digest: Digest,
    signal?: AbortSignal,
  ): Promise<string[]> {
    const holds = await allSettled(
      views.map(({ repository }) =>
        this.details[imageClass](() => {
          signal?.throwIfAborted();
          return this.readers[imageClass].holds(repository, digest);
        }),
      ),
    );
    return views.flatMap(({ repository }, at) => (holds[at] === true ? [repository] : []));
  }

  health(): ReturnType<Catalog["health"]> {
    const last = this.lastHealth;
    if (last !== undefined && this.now() - last.at < HEALTH_FRESH) return last.answer;
    const answer = Promise.all(
      IMAGE_CLASSES.map(async (imageClass) => {
        const reader = this.readers[imageClass];
        return { registry: reader.view, part: await reader.part(() => reader.ping()) };
      }),
    );
    this.lastHealth = { at: this.now(), answer };
    return answer;
  }

  private readerOf(repository: string): RegistryReader {
    const mapped = this.byName.get(repository);
    if (mapped !== undefined) return this.readers[mapped.class];
    throw new DualRegistryError("NOT_FOUND", `Repository ${quoted(repository)} is not one of this stage`);
  }

  private view(repository: string, reference: string, { tree, at }: Opened): ImageView {
    const reader = this.readerOf(repository);
    const place = { registry: reader.view, repository, path: reader.pathOf(repository), reference, at };
    return imageView(tree, { ...place, tags: reader.tagsOf(repository, tree.digest) });
  }

  private tagView(repository: string, tag: string): TagView {
    const reader = this.readerOf(repository);
    const known = reader.known(repository, tag);
    const view = { repository, class: reader.view.class, tag };
    if (known === undefined) return view;
    return { ...view, digest: known.digest, ...(known.tree ? { summary: summaryOf(known.tree) } : {}) };
  }

  private async trustOf(repository: string, { tree }: Opened): Promise<TrustView> {
    const key = `${repository}@${tree.digest}`;
    const known = this.trusts.get(key);
    if (known !== undefined) return known;
    const reader = this.readerOf(repository);
    const { settings, verifier } = this.parts;
    const { signers } = settings.policies[reader.view.class];
    const mapped = this.byName.get(repository) ?? { binding: "portable" };
    const gate = publishGate(settings.stage, settings.stages, mapped);
    const policy = { stage: settings.stage, gate, class: reader.view.class, signers, verifier };
    return reader.ask(`trust ${key}`, async (signal) => {
      // Cut texts would keep whole documents alive: a clone holds what is shown alone.
      const trust = structuredClone(await readTrust(reader.sourceUntil(repository, signal), tree, policy));
      this.trusts.set(key, trust);
      return trust;
    });
  }

  /** One image, as it is compared. @throws DualRegistryError NOT_FOUND for a repository that is not mapped */
  async side({ repository, reference }: NamedImage, signal?: AbortSignal): Promise<Part<ComparedImage>> {
    const reader = this.readerOf(repository);
    const opened = await reader.part(() => reader.open(repository, reference), signal);
    if (opened.state !== "ok") return opened;
    const { tree } = opened.value;
    const trust = await reader.part(() => this.trustOf(repository, opened.value), signal);
    const view = this.view(repository, reference, opened.value);
    if (trust.state === "ok") {
      const unread = (trust.value.unread ?? []).map((what) => `${repository}: ${what}`);
      return { state: "ok", value: { view, side: { tree, trust: trust.value }, unread } };
    }
    const unread = [`Signatures, records and packages of ${repository}: ${trust.reason}`];
    return { state: "ok", value: { view, side: { tree }, unread } };
  }

  /** What is said of a digest at one place; what could not be read is said instead, and takes nothing else with it. */
  private async statements(
    repository: string,
    digest: Digest,
    signal?: AbortSignal,
  ): Promise<{ statements: readonly OriginStatement[]; unread: readonly string[] }> {
    const reader = this.readerOf(repository);
    const opened = await reader.part(() => reader.open(repository, digest), signal);
    if (opened.state !== "ok") return { statements: [], unread: [`Labels of ${repository}: ${opened.reason}`] };
    const labels = labelStatements(opened.value.tree);
    const trust = await reader.part(() => this.trustOf(repository, opened.value), signal);
    if (trust.state !== "ok") {
      return { statements: labels, unread: [`Signatures and records of ${repository}: ${trust.reason}`] };
    }
    const place = `${reader.view.host}/${reader.pathOf(repository)}`;
    const unread = (trust.value.unread ?? []).map((what) => `${repository}: ${what}`);
    return { statements: [...labels, ...trustStatements(trust.value, place)], unread };
  }
}

/** A tag whose image cannot be read is listed all the same; what is a fault of this program is not left out. */
function ignoreKnown(error: unknown): undefined {
  const slow = error instanceof DOMException && error.name === "TimeoutError";
  if (!(error instanceof DualRegistryError) && !slow) throw error;
  return undefined;
}

/** The page behind a tag, tags of signatures and referrers left out and counted. */
function pageOf(
  all: readonly string[],
  after: string | undefined,
  limit: number,
): { tags: string[]; hidden: number; next?: string } {
  const found = after === undefined ? -1 : all.indexOf(after);
  // A tag that is gone since: the list goes on where it would stand.
  const gone = after !== undefined && found < 0 ? all.findIndex((tag) => tag > after) : -1;
  if (after !== undefined && found < 0 && gone < 0) return { tags: [], hidden: 0 };
  const start = gone >= 0 ? gone : found + 1;
  const tags: string[] = [];
  let hidden = 0;
  for (const tag of all.slice(start)) {
    if (isReferrersTag(tag)) hidden += 1;
    else if (tags.length === limit) return { tags, hidden, next: tags[limit - 1] ?? tag };
    else tags.push(tag);
  }
  return { tags, hidden };
}
