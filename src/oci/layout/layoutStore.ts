import { mkdir, realpath, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { defined } from "../../base/defined";
import { type Digest, isDigest, matchesDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { explainedDisk, isMissing } from "../../base/file";
import { isTag } from "../../base/reference";
import type { BlobOutcome, ImageTarget } from "../imageStore";
import { type Descriptor, isIndexType, type Manifest, readManifest } from "../manifest";
import { containedIn } from "./layoutContent";
import { changeIndex, FolderWriter, LAYOUT_FILE, LayoutFolder } from "./layoutFolder";
import {
  EMPTY_INDEX,
  type EntryName,
  formatIndex,
  IMAGE_NAME,
  nameAnnotations,
  newEntry,
  type RawEntry,
  REF_NAME,
} from "./layoutIndex";
import { LayoutReader } from "./layoutReader";

/**
 * A layout in a folder, to read and to write. Source: OCI image specification 1.1, image-layout.md.
 *
 * One layout may hold several repositories, for a mirror. Each is written through {@link LayoutStore.repository}, whose
 * entries of `index.json` carry two annotations, as Docker's and containerd's do: `io.containerd.image.name`, the whole
 * reference (`registry.example.com/orders/api:v1`), and `org.opencontainers.image.ref.name`, the tag (`v1`). What has no
 * tag (a signature, an image kept by digest) carries `registry.example.com/orders/api@sha256:...` alone. Blobs are
 * shared by all. Other tools find an image by its tag (`skopeo inspect oci:DIR:v1`); where two repositories have the
 * same tag they take the first, while this store refuses a tag that stands for different images.
 */
export class LayoutStore extends LayoutReader implements ImageTarget {
  private readonly writer: FolderWriter;

  constructor(
    private readonly folder: LayoutFolder,
    only?: string,
  ) {
    super(folder, only);
    this.writer = new FolderWriter(folder);
  }

  /** One repository (`host/path`) of the layout alone; what is written through it is listed as its own. */
  repository(name: string): LayoutStore {
    return new LayoutStore(this.folder, name);
  }

  /** Names of the repositories in the layout, in the order of its index; those entries that name none are not among them. */
  async repositories(): Promise<readonly string[]> {
    const names = (await this.entries()).map(({ name }) => name.repository);
    return [...new Set(names.filter((name) => name !== undefined))];
  }

  async hasBlob({ digest, size }: Descriptor, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    return (await this.folder.open(digest))?.size === size;
  }

  async writeBlob(
    descriptor: Descriptor,
    open: (offset: number, signal?: AbortSignal) => Promise<Readable>,
    options: { mountFrom?: readonly string[]; onBytes?: (count: number) => void; signal?: AbortSignal } = {},
  ): Promise<BlobOutcome> {
    if (await this.hasBlob(descriptor, options.signal)) return "present";
    await this.writer.blob(descriptor, open, options);
    return "sent";
  }

  async writeManifest(manifest: Manifest, { tag, signal }: { tag?: string; signal?: AbortSignal } = {}): Promise<void> {
    signal?.throwIfAborted();
    const { bytes, digest, mediaType } = manifest;
    const where = `${this.name}: ${tag ?? digest}`;
    if (tag !== undefined && !isTag(tag)) {
      throw new DualRegistryError("CONTENT_INVALID", `${this.name}: ${JSON.stringify(tag.slice(0, 200))} is no tag`);
    }
    if (!matchesDigest(bytes, digest)) {
      throw new DualRegistryError("DIGEST_MISMATCH", `${where}: the manifest's bytes are not those of ${digest}`);
    }
    const { manifests } = readManifest(manifest, where);
    await this.writer.manifest(manifest);
    const listed = { mediaType, digest, size: bytes.length };
    const contained = isIndexType(mediaType) ? await this.withoutSubject(manifests) : new Set<Digest>();
    await changeIndex(this.folder, this.writer, (entries) => withEntry(entries, listed, this.named(tag), contained));
  }

  /** A layout has no lists apart from its index, where each manifest stands as soon as it is written. */
  async writeUnlisted(manifest: Manifest, signal?: AbortSignal): Promise<"listed"> {
    await this.writeManifest(manifest, signal === undefined ? {} : { signal });
    return "listed";
  }

  list(): Promise<void> {
    return Promise.resolve();
  }

  /** Deletes a tag, or a manifest that no index of the layout contains; layers stay, since others may share them. */
  async delete(reference: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await changeIndex(this.folder, this.writer, async (entries) => {
      if (!isDigest(reference)) return withoutTag(entries, { ...this.named(), tag: reference });
      const gone = (name: EntryName): boolean => this.only === undefined || name.repository === this.only;
      const kept = entries.filter(({ descriptor, name }) => descriptor.digest !== reference || !gone(name));
      const used = await containedIn(this.content, kept, reference);
      if (!used) await rm(this.folder.pathOf(reference), { force: true });
      return kept.length === entries.length ? entries : kept;
    });
  }

  private named(tag?: string): EntryName {
    return { ...defined({ repository: this.only, tag }) };
  }

  /** Children of an index that need no entry of their own; what refers to another image keeps it, to be found. */
  private async withoutSubject(children: readonly Descriptor[]): Promise<ReadonlySet<Digest>> {
    const digests = new Set<Digest>();
    for (const child of children) if (!(await this.refers(child))) digests.add(child.digest);
    return digests;
  }
}

/** A tag of one repository of a layout. */
export type TagName = EntryName & { tag: string };

/**
 * Lists a manifest under a name. A tag that stood for another one moves, and the other stays listed by its digest;
 * an entry by digest alone gives way to one with a tag.
 *
 * @param contained what an index contains and needs no entry of its own for
 * @returns the same array where there is nothing to change
 */
export function withEntry(
  entries: readonly RawEntry[],
  listed: Descriptor,
  { repository, tag }: EntryName,
  contained: ReadonlySet<Digest> = new Set(),
): readonly RawEntry[] {
  const { digest } = listed;
  const wanted = entries.filter(
    ({ name }) => name.repository === repository && (name.tag === tag || tag === undefined),
  );
  const has = ({ descriptor }: RawEntry): boolean => descriptor.digest === digest;
  const already = tag === undefined ? wanted.some(has) : wanted.length > 0 && wanted.every(has);
  const freed = already || tag === undefined ? entries : withoutTag(entries, { ...named(repository), tag }, digest);
  const isNeedless = ({ name, descriptor }: RawEntry): boolean =>
    name.repository === repository &&
    name.tag === undefined &&
    (contained.has(descriptor.digest) || (!already && descriptor.digest === digest));
  const kept = freed.some(isNeedless) ? freed.filter((entry) => !isNeedless(entry)) : freed;
  if (already) return kept;
  const annotations = nameAnnotations({ ...named(repository), ...defined({ tag }) }, digest);
  return [...kept, newEntry(Object.keys(annotations).length === 0 ? listed : { ...listed, annotations })];
}

/**
 * Takes a tag away; the manifest stays listed by its digest, as it does in a registry.
 *
 * @param replaced a manifest that gets an entry next, and needs none by digest
 */
export function withoutTag(
  entries: readonly RawEntry[],
  { repository, tag }: TagName,
  replaced?: Digest,
): readonly RawEntry[] {
  const tagged = entries.filter(({ name }) => name.repository === repository && name.tag === tag);
  if (tagged.length === 0) return entries;
  const kept = entries.filter((entry) => !tagged.includes(entry));
  const listed = new Set(
    kept.filter(({ name }) => name.repository === repository).map((entry) => entry.descriptor.digest),
  );
  const alone = new Map(tagged.map((entry) => [entry.descriptor.digest, entry]));
  const bare = [...alone.values()].filter(({ descriptor: { digest } }) => digest !== replaced && !listed.has(digest));
  return [...kept, ...bare.map((entry) => byDigest(entry, repository))];
}

/** The entry by its digest alone, everything else as it was. */
function byDigest({ raw, descriptor }: RawEntry, repository: string | undefined): RawEntry {
  const others = Object.entries(descriptor.annotations ?? {}).filter(([key]) => key !== REF_NAME && key !== IMAGE_NAME);
  const annotations = { ...Object.fromEntries(others), ...nameAnnotations(named(repository), descriptor.digest) };
  return { ...newEntry({ ...descriptor, annotations }), raw: { ...raw, annotations } };
}

const named = (repository: string | undefined): EntryName => (repository === undefined ? {} : { repository });

const VERSION = "1.0.0";
const layoutFile = z.looseObject({ imageLayoutVersion: z.literal(VERSION) });

/**
 * Opens an OCI image layout in a folder. Source: OCI image specification 1.1, image-layout.md.
 *
 * @param options.create makes the layout, and the folders above it, where there is none (default: false)
 * @throws DualRegistryError NOT_FOUND for a folder that is no layout; CONTENT_INVALID for one of another version
 */
export async function openLayout(dir: string, options: { create?: boolean } = {}): Promise<LayoutStore> {
  const { create = false } = options;
  let root: string;
  try {
    if (create) await mkdir(dir, { recursive: true });
    root = await realpath(dir);
  } catch (error) {
    if (isMissing(error)) return missing(dir);
    throw explainedDisk(error, dir);
  }
  const folder = new LayoutFolder(dir, root);
  const writer = new FolderWriter(folder);
  if (create) await begin(folder, writer);
  const marker = await folder.small(LAYOUT_FILE);
  if (!marker) return missing(dir);
  if (!isLayout(marker)) {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${dir}: ${LAYOUT_FILE} is ${JSON.stringify(marker.toString("utf8").slice(0, 200))}; allowed: ` +
        `{"imageLayoutVersion":"${VERSION}"}`,
    );
  }
  return new LayoutStore(folder);
}

/** What is missing of a layout; the marker comes last, so that a folder with a marker is whole. */
async function begin(folder: LayoutFolder, writer: FolderWriter): Promise<void> {
  await writer.removeAbandoned();
  await writer.folderFor("sha256");
  if (!(await folder.small("index.json"))) await writer.small("index.json", formatIndex(EMPTY_INDEX, folder.name));
  if (await folder.small(LAYOUT_FILE)) return;
  await writer.small(LAYOUT_FILE, Buffer.from(JSON.stringify({ imageLayoutVersion: VERSION })));
}

function isLayout(marker: Buffer): boolean {
  try {
    return decode(layoutFile, JSON.parse(marker.toString("utf8"))).success;
  } catch {
    return false;
  }
}

function missing(dir: string): never {
  throw new DualRegistryError(
    "NOT_FOUND",
    `${dir}: no OCI image layout; allowed: a folder with the files ${LAYOUT_FILE} and index.json`,
  );
}
