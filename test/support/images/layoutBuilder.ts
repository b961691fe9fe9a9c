import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defined } from "../../../src/base/defined";
import { type Digest, digestOf } from "../../../src/base/digest";
import { type Descriptor, MEDIA } from "../../../src/oci/manifest";

/** How a manifest is listed in `index.json`. */
export interface Listing {
  tag?: string;
  /** `host/path`, in a layout of several repositories. */
  repository?: string;
}

/** Makes an OCI layout file by file, without the code that is to be tested; the same calls make the same bytes. */
export class LayoutBuilder {
  private readonly listed: Record<string, unknown>[] = [];

  private constructor(readonly dir: string) {}

  /** Begins an empty layout in a folder, which is made where there is none. */
  static async begin(dir: string): Promise<LayoutBuilder> {
    await mkdir(join(dir, "blobs", "sha256"), { recursive: true });
    await writeFile(join(dir, "oci-layout"), `{"imageLayoutVersion":"1.0.0"}`);
    const builder = new LayoutBuilder(dir);
    await builder.writeIndex();
    return builder;
  }

  /** Where a blob lies. */
  pathOf(digest: Digest): string {
    return join(this.dir, "blobs", ...digest.split(":"));
  }

  /** Writes a blob. */
  async blob(bytes: Buffer, mediaType: string): Promise<Descriptor> {
    const digest = digestOf(bytes);
    if (!existsSync(this.pathOf(digest))) await writeFile(this.pathOf(digest), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /**
   * Writes a manifest: an object as JSON, or bytes as they are.
   *
   * @param listing lists it in `index.json`; without one only an index that contains it leads to it
   */
  async manifest(content: object | Buffer, mediaType: string, listing?: Listing): Promise<Descriptor> {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const descriptor = await this.blob(bytes, mediaType);
    if (listing) await this.list(descriptor, listing);
    return descriptor;
  }

  /** Lists a manifest in `index.json`. */
  async list(descriptor: Descriptor, { tag, repository }: Listing = {}): Promise<void> {
    const whole = tag === undefined ? `@${descriptor.digest}` : `:${tag}`;
    const annotations = {
      ...descriptor.annotations,
      ...(repository === undefined ? {} : { "io.containerd.image.name": `${repository}${whole}` }),
      ...defined({ "org.opencontainers.image.ref.name": tag }),
    };
    this.listed.push({ ...descriptor, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) });
    await this.writeIndex();
  }

  private async writeIndex(): Promise<void> {
    const index = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: this.listed };
    await writeFile(join(this.dir, "index.json"), JSON.stringify(index));
  }
}

/** How a manifest is listed; undefined where it has no name. */
export function listing({
  tag,
  repository,
}: {
  tag?: string | undefined;
  repository?: string | undefined;
}): Listing | undefined {
  if (tag === undefined && repository === undefined) return undefined;
  return { ...defined({ tag, repository }) };
}
