import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { defined } from "../../base/defined";
import { type Digest, DigestCheck } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { explainedDisk, hasCode, isMissing } from "../../base/file";
import { type Descriptor, type Manifest, MAX_MANIFEST } from "../manifest";
import { CHUNK, type LayoutContent, type StoredBlob } from "./layoutContent";
import { formatIndex, parseIndex, type RawEntry } from "./layoutIndex";

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
        resuming(from, { ...defined({ onBytes, signal }) }),
        new DigestCheck(descriptor, `${this.folder.name}, blob`),
        createWriteStream(partial, { flags: "wx", highWaterMark: CHUNK, flush: true }),
        { ...defined({ signal }) },
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

/** How often a source may break without a byte in between, before its error counts. */
const FRUITLESS = 3;

/**
 * The bytes of a source that may break on its way: it is opened anew where it broke off. Whoever reads has to verify
 * the whole, since the parts after a break are verified by nobody else.
 *
 * @param open the bytes from an offset on
 * @throws the source's error, once it broke three times at the same byte; at once where the bytes were wrong
 */
async function* resuming(
  open: (offset: number, signal?: AbortSignal) => Promise<Readable>,
  { onBytes, signal }: { onBytes?: (count: number) => void; signal?: AbortSignal } = {},
): AsyncGenerator<Buffer> {
  let offset = 0;
  for (let fruitless = 0; ; fruitless += 1) {
    try {
      for await (const chunk of (await open(offset, signal)) as AsyncIterable<Buffer>) {
        offset += chunk.length;
        fruitless = 0;
        onBytes?.(chunk.length);
        yield chunk;
      }
      return;
    } catch (error) {
      const wrong = error instanceof DualRegistryError && error.code !== "REGISTRY_UNAVAILABLE";
      const final = wrong || signal?.aborted === true;
      if (final || fruitless + 1 >= FRUITLESS) throw error;
    }
  }
}

/** The last change of each layout's index that this process asked for, by the folder's real path. */
const turns = new Map<string, Promise<void>>();

/**
 * Changes the entries of `index.json`: one change after the other within this process, and readers see the old file or
 * the new one. Two processes that write into one layout at once may undo each other's entries, never the file.
 */
export async function changeIndex(
  folder: LayoutFolder,
  writer: FolderWriter,
  change: (entries: readonly RawEntry[]) => Promise<readonly RawEntry[]> | readonly RawEntry[],
): Promise<void> {
  const before = turns.get(folder.root) ?? Promise.resolve();
  const turn = before.then(async () => {
    const index = parseIndex(await folder.index(), folder.name);
    const entries = await change(index.entries);
    if (entries === index.entries) return;
    await writer.small("index.json", formatIndex({ ...index, entries }, folder.name));
  });
  const settled = turn.catch(() => undefined);
  turns.set(folder.root, settled);
  await turn;
  if (turns.get(folder.root) === settled) turns.delete(folder.root);
}
