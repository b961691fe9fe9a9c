import { createReadStream } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { hasCode, isMissing } from "../../base/file";
import { type Descriptor, isIndexType, MAX_MANIFEST, readManifest } from "../manifest";
import { CHUNK, type LayoutContent, type StoredBlob, verifiedBlob } from "./layoutContent";
import type { LayoutEntry } from "./layoutIndex";

/** Source: OCI image specification 1.1, image-layout.md, "oci-layout file". */
export const LAYOUT_FILE = "oci-layout";

/** The files of a layout in a folder. Only what lies in the folder itself is read, wherever symbolic links lead. */
export class LayoutFolder implements LayoutContent {
  /**
   * @param name the folder as the user wrote it
   * @param root the same without symbolic links
   */
  constructor(
    readonly name: string,
    readonly root: string,
  ) {}

  async index(): Promise<Buffer> {
    return (await this.small("index.json")) ?? this.refuse("index.json", "missing");
  }

  async open(digest: Digest): Promise<StoredBlob | undefined> {
    const found = await this.inside(this.pathOf(digest));
    if (!found) return undefined;
    return { size: found.size, read: () => createReadStream(found.path, { highWaterMark: CHUNK }) };
  }

  /** A small file of the folder. @throws DualRegistryError CONTENT_INVALID over 4 MiB */
  async small(file: string): Promise<Buffer | undefined> {
    const found = await this.inside(join(this.root, file));
    if (!found) return undefined;
    const handle = await open(found.path);
    try {
      // Asked of the open file: another may have taken its name since.
      const { size } = await handle.stat();
      if (size > MAX_MANIFEST) this.refuse(file, `it has ${size} bytes; allowed: ${MAX_MANIFEST}`);
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(size), 0, size, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  /** Where a blob lies; a {@link Digest} was checked, so that it names one file of one folder. */
  pathOf(digest: Digest): string {
    const colon = digest.indexOf(":");
    return join(this.root, "blobs", digest.slice(0, colon), digest.slice(colon + 1));
  }

  /** A regular file, where there is one and where it lies inside. */
  private async inside(path: string): Promise<{ path: string; size: number } | undefined> {
    const shown = join(basename(dirname(path)), basename(path));
    let real: string;
    try {
      real = await realpath(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (hasCode(error, "ELOOP")) return this.refuse(shown, "symbolic links lead in a circle");
      throw error;
    }
    if (!real.startsWith(this.root + sep)) this.refuse(shown, "a symbolic link leads out of the layout");
    const found = await stat(real);
    if (!found.isFile()) this.refuse(shown, "not a regular file");
    return { path: real, size: found.size };
  }

  private refuse(file: string, why: string): never {
    throw new DualRegistryError("CONTENT_INVALID", `${this.name}: ${file}: ${why}`);
  }
}

/** True where an entry is a manifest or, however deep, an index that contains it. Each index is read once. */
export async function containedIn(
  content: LayoutContent,
  entries: readonly LayoutEntry[],
  wanted: Digest,
): Promise<boolean> {
  const seen = new Set<Digest>();
  const waiting: Descriptor[] = entries.map(({ descriptor }) => descriptor);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next.digest === wanted) return true;
    if (seen.has(next.digest) || !isIndexType(next.mediaType) || !(await content.open(next.digest))) continue;
    seen.add(next.digest);
    const bytes = await buffer(await verifiedBlob(content, next));
    waiting.push(...readManifest({ bytes, digest: next.digest, mediaType: next.mediaType }, content.name).manifests);
  }
  return false;
}
