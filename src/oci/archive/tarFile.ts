import { open, type FileHandle } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { DualRegistryError } from "../../errors";
import type { StoredBlob } from "../layout/layoutContent";
import { readRange } from "./readRange";
import { indexTar, type TarPlace } from "./tarIndex";
import { linkTarget } from "./tarName";

const MAX_LINKS = 8;

/** A file in a tar file. */
export interface TarBlob extends StoredBlob {
  /** Where its bytes begin: the same for all names of one file. */
  offset: number;
  /** Its first bytes, at most `count`. */
  beginning: (count: number) => Promise<Buffer>;
}

/** A tar file whose entries are read where they lie; nothing is unpacked. It stays open until {@link TarFile.close}. */
export class TarFile {
  private constructor(
    readonly name: string,
    private readonly handle: FileHandle,
    private readonly places: ReadonlyMap<string, TarPlace>,
  ) {}

  /** @param name for messages @throws DualRegistryError CONTENT_INVALID */
  static async open(path: string, name: string, signal?: AbortSignal): Promise<TarFile> {
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      const bytes = { size, read: (offset: number) => readRange(handle, { offset, size: size - offset }) };
      return new TarFile(name, handle, await indexTar(bytes, name, signal ? { signal } : {}));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  has(entry: string): boolean {
    return this.places.has(entry);
  }

  /** A file, through links that stay inside the archive. @throws DualRegistryError CONTENT_INVALID for other links */
  find(entry: string): TarBlob | undefined {
    let name = entry;
    for (let links = 0; links <= MAX_LINKS; links += 1) {
      const place = this.places.get(name);
      if (!place) return undefined;
      if ("offset" in place) return this.blobAt(place);
      name = linkTarget({ name, ...place }, this.name);
    }
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${this.name}: entry ${JSON.stringify(entry)}: links lead in a circle`,
    );
  }

  /** A small file. @throws DualRegistryError CONTENT_INVALID where it is missing or larger than `limit` bytes */
  async small(entry: string, limit: number): Promise<Buffer> {
    const found = this.find(entry);
    const shown = JSON.stringify(entry.slice(0, 200));
    if (!found) throw new DualRegistryError("CONTENT_INVALID", `${this.name}: entry ${shown} is missing`);
    if (found.size <= limit) return buffer(found.read());
    const why = `entry ${shown} has ${found.size} bytes; allowed: ${limit}`;
    throw new DualRegistryError("CONTENT_INVALID", `${this.name}: ${why}`);
  }

  private blobAt(place: { offset: number; size: number }): TarBlob {
    return {
      ...place,
      read: () => readRange(this.handle, place),
      beginning: (count) => buffer(readRange(this.handle, { ...place, size: Math.min(count, place.size) })),
    };
  }
}
