import { isIndexType, MANIFEST_TYPES } from "../mediaTypes";
import { readManifest, type Descriptor, type Manifest } from "../manifest";
import type { Digest } from "../digest";

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
      ...(artifactType === undefined ? {} : { artifactType }),
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
