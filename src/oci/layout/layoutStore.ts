import { rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { DualRegistryError } from "../../errors";
import { isDigest, matchesDigest, type Digest } from "../digest";
import type { BlobOutcome, ImageTarget } from "../imageStore";
import { isIndexType } from "../mediaTypes";
import { readManifest, type Descriptor, type Manifest } from "../manifest";
import { isTag } from "../reference";
import { withEntry, withoutTag } from "./entryChanges";
import type { EntryName } from "./entryName";
import { FolderWriter } from "./folderWriter";
import { changeIndex } from "./indexFile";
import type { LayoutFolder } from "./layoutFolder";
import { LayoutReader } from "./layoutReader";
import { containedIn } from "./containedIn";

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
    return { ...(this.only === undefined ? {} : { repository: this.only }), ...(tag === undefined ? {} : { tag }) };
  }

  /** Children of an index that need no entry of their own; what refers to another image keeps it, to be found. */
  private async withoutSubject(children: readonly Descriptor[]): Promise<ReadonlySet<Digest>> {
    const digests = new Set<Digest>();
    for (const child of children) if (!(await this.refers(child))) digests.add(child.digest);
    return digests;
  }
}
