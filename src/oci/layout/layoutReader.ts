import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { DualRegistryError } from "../../errors";
import { isDigest, type Digest } from "../digest";
import type { ImageSource, Resolved } from "../imageStore";
import { MAX_MANIFEST, type Descriptor, type Manifest } from "../manifest";
import type { ImageChoice } from "./chooseImage";
import { answersTo, displayName } from "./entryName";
import { manifestType, verifiedBlob, type LayoutContent } from "./layoutContent";
import { parseIndex, type LayoutEntry } from "./layoutIndex";
import { SubjectReader } from "./subjectReader";

/** Reads images of a layout, wherever its bytes lie: all of them, or those of one repository (`host/path`). */
export class LayoutReader implements ImageSource {
  private readonly subjects: SubjectReader;

  constructor(
    protected readonly content: LayoutContent,
    protected readonly only?: string,
  ) {
    this.subjects = new SubjectReader((listed) => this.read(listed));
  }

  get name(): string {
    return this.only === undefined ? this.content.name : `${this.content.name} (${this.only})`;
  }

  /** What `index.json` lists: roots, and what refers to them. */
  async entries(): Promise<readonly LayoutEntry[]> {
    const { entries } = parseIndex(await this.content.index(), this.content.name);
    return this.only === undefined ? entries : entries.filter(({ name }) => name.repository === this.only);
  }

  /**
   * What stands behind a tag, a whole reference, or a digest.
   *
   * @throws DualRegistryError USAGE for a tag that several repositories of the layout give to different images
   */
  async resolve(reference: string, signal?: AbortSignal): Promise<Resolved | undefined> {
    signal?.throwIfAborted();
    const entries = await this.entries();
    if (isDigest(reference)) {
      const listed = entries.find(({ descriptor }) => descriptor.digest === reference);
      return listed ? this.present(listed.descriptor) : this.byContent(reference);
    }
    const found = entries.filter(({ name }) => answersTo(name, reference));
    const [first] = found;
    if (found.some(({ descriptor }) => descriptor.digest !== first?.descriptor.digest)) {
      const names = found.map(({ name, descriptor }) => displayName(name, descriptor.digest));
      throw new DualRegistryError(
        "USAGE",
        `${this.name}: ${JSON.stringify(reference)} is the name of several images; allowed: ${names.slice(0, 20).join(", ")}`,
      );
    }
    return first && this.present(first.descriptor);
  }

  async manifest(reference: string, signal?: AbortSignal): Promise<Manifest> {
    const found = await this.resolve(reference, signal);
    if (!found) {
      throw new DualRegistryError("NOT_FOUND", `${this.name}: no image ${JSON.stringify(reference.slice(0, 200))}`);
    }
    return this.read(found, signal);
  }

  private async read({ digest, size, mediaType }: Resolved, signal?: AbortSignal): Promise<Manifest> {
    if (size > MAX_MANIFEST) {
      throw new DualRegistryError(
        "CONTENT_INVALID",
        `${this.name}: manifest ${digest} has ${size} bytes; allowed: ${MAX_MANIFEST}`,
      );
    }
    return { bytes: await buffer(await verifiedBlob(this.content, { digest, size }, signal)), digest, mediaType };
  }

  blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Readable> {
    return verifiedBlob(this.content, descriptor, signal);
  }

  async referrers(digest: Digest, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    const found = new Map<Digest, Descriptor>();
    for (const { descriptor, name } of await this.entries()) {
      signal?.throwIfAborted();
      if (!(await this.present(descriptor))) continue;
      const { subject, described, lists } = await this.subjects.read(descriptor);
      if (subject === digest) found.set(descriptor.digest, described);
      if (name.tag !== digest.replace(":", "-")) continue;
      for (const listed of lists) if (!found.has(listed.digest)) found.set(listed.digest, listed);
    }
    return [...found.values()];
  }

  async *tags(signal?: AbortSignal): AsyncIterable<string> {
    const seen = new Set<string>();
    for (const { name } of await this.entries()) {
      signal?.throwIfAborted();
      if (name.tag === undefined || seen.has(name.tag)) continue;
      seen.add(name.tag);
      yield name.tag;
    }
  }

  /** Images to choose from: what is listed, without signatures and other things that refer to an image. */
  async choices(): Promise<readonly ImageChoice[]> {
    const found = new Map<Digest, string[]>();
    for (const { descriptor, name } of await this.entries()) {
      if (/^sha\d+-[0-9a-f]+(?:\.\w+)?$/.test(name.tag ?? "") || (await this.refers(descriptor))) continue;
      const names = found.get(descriptor.digest) ?? [];
      if (name.tag !== undefined) names.push(displayName(name, descriptor.digest));
      found.set(descriptor.digest, names);
    }
    return [...found].map(([digest, names]) => ({ id: digest, names }));
  }

  /** Whether an entry refers to another image: a signature, a record, an SBOM. */
  async refers(descriptor: Descriptor): Promise<boolean> {
    return (await this.present(descriptor)) ? (await this.subjects.read(descriptor)).subject !== undefined : false;
  }

  private async present({ mediaType, digest, size }: Descriptor): Promise<Resolved | undefined> {
    return (await this.content.open(digest)) && { mediaType, digest, size };
  }

  /** A manifest that `index.json` does not list, since an index contains it. */
  private async byContent(digest: Digest): Promise<Resolved | undefined> {
    const stored = await this.content.open(digest);
    if (!stored || stored.size > MAX_MANIFEST) return undefined;
    const mediaType = manifestType(await buffer(await verifiedBlob(this.content, { digest, size: stored.size })));
    return mediaType === undefined ? undefined : { mediaType, digest, size: stored.size };
  }
}
