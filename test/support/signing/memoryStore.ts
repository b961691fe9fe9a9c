import { Readable } from "node:stream";
import { defined } from "../../../src/base/defined";
import { type Digest, DigestCheck, digestOf, isDigest, matchesDigest } from "../../../src/base/digest";
import { DualRegistryError } from "../../../src/base/errors";
import type { BlobOutcome, ImageTarget, Resolved } from "../../../src/oci/imageStore";
import { type Descriptor, type Manifest, MEDIA, readManifest } from "../../../src/oci/manifest";

/** One repository in memory, with the referrers API. */
export class MemoryStore implements ImageTarget {
  readonly blobs = new Map<Digest, Buffer>();
  readonly manifests = new Map<Digest, Manifest>();
  readonly tagged = new Map<string, Digest>();

  constructor(readonly name = "registry.example.com/orders/api") {}

  resolve(reference: string): Promise<Resolved | undefined> {
    const found = this.find(reference);
    return Promise.resolve(found && { mediaType: found.mediaType, digest: found.digest, size: found.bytes.length });
  }

  manifest(reference: string): Promise<Manifest> {
    const found = this.find(reference);
    return found ? Promise.resolve(found) : Promise.reject(this.missing(reference));
  }

  blob(descriptor: Descriptor): Promise<Readable> {
    const bytes = this.blobs.get(descriptor.digest);
    if (!bytes) return Promise.reject(this.missing(descriptor.digest));
    const check = new DigestCheck(descriptor, `${this.name}@${descriptor.digest}`);
    return Promise.resolve(Readable.from([bytes]).pipe(check));
  }

  referrers(digest: Digest): Promise<readonly Descriptor[]> {
    const all = [...this.manifests.values()].map((manifest) => ({
      manifest,
      content: readManifest(manifest, `${this.name}@${manifest.digest}`),
    }));
    const found = all.filter(({ content }) => content.subject?.digest === digest);
    return Promise.resolve(
      found.map(({ manifest: { mediaType, digest: of, bytes }, content: { artifactType, annotations } }) => ({
        mediaType,
        digest: of,
        size: bytes.length,
        annotations,
        ...defined({ artifactType }),
      })),
    );
  }

  async *tags(): AsyncIterable<string> {
    for (const tag of this.tagged.keys()) yield await Promise.resolve(tag);
  }

  hasBlob({ digest }: Descriptor): Promise<boolean> {
    return Promise.resolve(this.blobs.has(digest));
  }

  async writeBlob(descriptor: Descriptor, open: (offset: number) => Promise<Readable>): Promise<BlobOutcome> {
    if (this.blobs.has(descriptor.digest)) return "present";
    const chunks: Buffer[] = [];
    for await (const chunk of await open(0)) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    if (bytes.length !== descriptor.size || !matchesDigest(bytes, descriptor.digest)) {
      throw new DualRegistryError("DIGEST_MISMATCH", `${this.name}@${descriptor.digest}: other bytes came`);
    }
    this.blobs.set(descriptor.digest, bytes);
    return "sent";
  }

  writeManifest(manifest: Manifest, { tag }: { tag?: string } = {}): Promise<void> {
    if (!matchesDigest(manifest.bytes, manifest.digest)) throw new Error("a manifest under another digest");
    this.manifests.set(manifest.digest, manifest);
    if (tag !== undefined) this.tagged.set(tag, manifest.digest);
    return Promise.resolve();
  }

  async writeUnlisted(manifest: Manifest): Promise<"listed"> {
    await this.writeManifest(manifest);
    return "listed";
  }

  list(): Promise<void> {
    return Promise.resolve();
  }

  delete(reference: string): Promise<void> {
    if (isDigest(reference)) {
      this.manifests.delete(reference);
      for (const [tag, digest] of this.tagged) if (digest === reference) this.tagged.delete(tag);
    } else this.tagged.delete(reference);
    return Promise.resolve();
  }

  /** Puts bytes there as they are. */
  putBlob(mediaType: string, bytes: Buffer): Descriptor {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** Puts a manifest there, by tag too where one is given. */
  putManifest(content: object, tag?: string): Resolved {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociManifest, ...content }));
    const manifest = { bytes, digest: digestOf(bytes), mediaType: MEDIA.ociManifest };
    this.manifests.set(manifest.digest, manifest);
    if (tag !== undefined) this.tagged.set(tag, manifest.digest);
    return { mediaType: manifest.mediaType, digest: manifest.digest, size: bytes.length };
  }

  /** Puts the smallest image there: a configuration that differs by name, and no layer. */
  putImage(name: string): Resolved {
    const config = this.putBlob(MEDIA.ociConfig, Buffer.from(JSON.stringify({ config: { Labels: { name } } })));
    return this.putManifest({ config, layers: [] });
  }

  private find(reference: string): Manifest | undefined {
    const digest = isDigest(reference) ? reference : this.tagged.get(reference);
    return digest && this.manifests.get(digest);
  }

  private missing(reference: string): DualRegistryError {
    return new DualRegistryError("NOT_FOUND", `${this.name}: ${reference}: not found`);
  }
}
