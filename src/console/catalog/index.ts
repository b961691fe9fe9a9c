import { LRUCache } from "lru-cache";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import { quoted } from "../../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../../domain/image/imageClass";
import { publishGate } from "../../domain/image/publication";
import type { RegistrySession } from "../../oci";
import type { Verifier } from "../../signing";
import type {
  Catalog,
  ComparisonView,
  ImageView,
  OriginView,
  Part,
  RepositoryView,
  TagPage,
  TagView,
  TrustView,
} from "../model";
import { registryViews } from "../registryViews";
import type { BuiltSettings } from "../settings";
import { type ComparedImage, comparisonOf } from "./compare";
import { originOf } from "./origin";
import { type Opened, READER_LIMITS, type ReaderLimits, RegistryReader } from "./reader";
import { readTrust } from "./trust";
import { imageView, pageOf, summaryOf } from "./views";

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
/** Characters of what is attached to images that are kept. */
const MAX_TRUST = 16 * 1024 * 1024;
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
    const looks = Math.max(READER_LIMITS.looks, settings.images.length);
    const reader = (at: ImageClass) =>
      new RegistryReader(views[at], sessions[at], { ...READER_LIMITS, looks, ...limits }, now);
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

  origin(digest: Digest, mayRead: (repository: string) => boolean, signal?: AbortSignal): Promise<OriginView> {
    const asked = { readers: this.readers, run: this.details, trustOf: this.trustOf.bind(this) };
    return originOf(digest, { ...asked, mapped: this.mapped, mayRead }, signal);
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
}

/** A tag whose image cannot be read is listed all the same; what is a fault of this program is not left out. */
function ignoreKnown(error: unknown): undefined {
  const slow = error instanceof DOMException && error.name === "TimeoutError";
  if (!(error instanceof DualRegistryError) && !slow) throw error;
  return undefined;
}
