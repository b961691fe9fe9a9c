import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { defined } from "../../base/defined";
import { type Digest, isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { referrersTag } from "../../base/referrersTag";
import type { ImageSource, Resolved } from "../imageStore";
import {
  type Descriptor,
  isIndexType,
  type Manifest,
  MANIFEST_TYPES,
  manifestType,
  MAX_MANIFEST,
  readManifest,
} from "../manifest";
import { type LayoutContent, verifiedBlob } from "./layoutContent";
import { answersTo, displayName, type ImageChoice, type LayoutEntry, parseIndex } from "./layoutIndex";

/** Reads images of a layout, wherever its bytes lie: all of them, or those of one repository (`host/path`). */
export class LayoutReader implements ImageSource {
  readonly ifIncomplete: string =
    "write it again with all platforms (skopeo copy --all), or with the one that is meant alone";
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
      // A copy out of GitLab, which takes the tag for the digest, may have the subject itself under it.
      if (name.tag !== referrersTag(digest) || descriptor.digest === digest) continue;
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

  /**
   * Images to choose from: what is listed, without signatures and other things that refer to an image, and without what is
   * no manifest of an image by its type, such as an artifact of the form that OCI took back.
   */
  async choices(): Promise<readonly ImageChoice[]> {
    const found = new Map<Digest, string[]>();
    for (const { descriptor, name } of await this.entries()) {
      if (!MANIFEST_TYPES.includes(descriptor.mediaType)) continue;
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

/** What a manifest refers to. */
export interface Subject {
  /** Absent for what refers to nothing. */
  subject?: Digest;
  /** The manifest as a list of referrers shows it. Source: OCI distribution specification 1.1, "Listing Referrers". */
  described: Descriptor;
  /** What it lists itself, where it is an index. */
  lists: readonly Descriptor[];
}

/** Reads what manifests refer to, each once: what a digest stands for never changes. */
export class SubjectReader {
  private readonly known = new Map<Digest, Subject>();

  constructor(private readonly manifest: (listed: Descriptor) => Promise<Manifest>) {}

  /** @param listed an entry of `index.json`; what is no manifest there refers to nothing */
  async read(listed: Descriptor): Promise<Subject> {
    const { digest, size, mediaType } = listed;
    if (!MANIFEST_TYPES.includes(mediaType)) return { described: listed, lists: [] };
    const known = this.known.get(digest);
    if (known) return known;
    const content = readManifest(await this.manifest(listed), digest);
    const artifactType = content.artifactType ?? content.config?.mediaType;
    const described: Descriptor = {
      mediaType,
      digest,
      size,
      ...defined({ artifactType }),
      ...(Object.keys(content.annotations).length === 0 ? {} : { annotations: content.annotations }),
    };
    const read: Subject = {
      ...(content.subject ? { subject: content.subject.digest } : {}),
      described,
      lists: isIndexType(mediaType) ? content.manifests : [],
    };
    this.known.set(digest, read);
    return read;
  }
}
