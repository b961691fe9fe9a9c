import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { DualRegistryError } from "../../errors";
import { DigestCheck, type Digest } from "../digest";
import type { Descriptor, Manifest } from "../manifest";
import { resuming } from "./resuming";
import { CHUNK } from "./layoutContent";
import { explainedDisk } from "./diskErrors";
import type { LayoutFolder } from "./layoutFolder";

const PARTIAL = ".partial-";
/** Milliseconds after which a partial file is nobody's any more. */
const ABANDONED = 24 * 60 * 60 * 1000;

/**
 * Writes files of a layout so that no half one ever stands under its name: into a partial file of the layout's own
 * folder, to the disk, and only then to its place by renaming. What a killed run left is removed a day later.
 */
export class FolderWriter {
  constructor(private readonly folder: LayoutFolder) {}

  /** Writes a blob, verified on its way; a source that breaks is asked for the rest. */
  async blob(
    descriptor: Descriptor,
    from: (offset: number, signal?: AbortSignal) => Promise<Readable>,
    { onBytes, signal }: { onBytes?: (count: number) => void; signal?: AbortSignal } = {},
  ): Promise<void> {
    const place = await this.placeOf(descriptor.digest);
    await this.through(place, (partial) =>
      pipeline(
        resuming(from, { ...(onBytes ? { onBytes } : {}), ...(signal ? { signal } : {}) }),
        new DigestCheck(descriptor, `${this.folder.name}, blob`),
        createWriteStream(partial, { flags: "wx", highWaterMark: CHUNK, flush: true }),
        { ...(signal ? { signal } : {}) },
      ),
    );
  }

  /** Writes a manifest; one whose bytes on disk went bad is written anew. */
  async manifest({ bytes, digest }: Manifest): Promise<void> {
    const there = await this.folder.open(digest);
    if (there?.size === bytes.length && (await buffer(there.read())).equals(bytes)) return;
    await this.whole(await this.placeOf(digest), bytes);
  }

  /** Writes a small file of the layout, over the one that is there. */
  async small(file: string, bytes: Buffer): Promise<void> {
    await this.whole(join(this.folder.root, file), bytes);
  }

  private async placeOf(digest: Digest): Promise<string> {
    const place = this.folder.pathOf(digest);
    await this.folderFor(basename(dirname(place)));
    return place;
  }

  private async whole(place: string, bytes: Buffer): Promise<void> {
    await this.through(place, async (partial) => {
      const handle = await open(partial, "wx");
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  /** Removes partial files that a killed run left. */
  async removeAbandoned(): Promise<void> {
    for (const file of await readdir(this.folder.root)) {
      if (!file.startsWith(PARTIAL)) continue;
      const path = join(this.folder.root, file);
      const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
      if (age > ABANDONED) await rm(path, { force: true });
    }
  }

  private async through(place: string, write: (partial: string) => Promise<void>): Promise<void> {
    const partial = join(this.folder.root, `${PARTIAL}${process.pid}-${randomBytes(6).toString("hex")}`);
    try {
      await write(partial);
      await rename(partial, place);
    } catch (error) {
      await rm(partial, { force: true });
      throw explainedDisk(error, this.folder.name);
    }
  }

  /** The folder of an algorithm's blobs, made where there is none. */
  async folderFor(algorithm: string): Promise<string> {
    const blobs = join(this.folder.root, "blobs");
    for (const dir of [blobs, join(blobs, algorithm)]) {
      await mkdir(dir, { recursive: true });
      if ((await realpath(dir)) === dir) continue;
      throw new DualRegistryError("CONTENT_INVALID", `${this.folder.name}: blobs: a symbolic link stands for a folder`);
    }
    return join(blobs, algorithm);
  }
}
