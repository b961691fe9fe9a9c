import { type FileHandle, open } from "node:fs/promises";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";
import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { CHUNK, type StoredBlob } from "../layout/layoutContent";

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
    private readonly places: ReadonlyMap<string, TarEntry>,
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

/** Where an entry's bytes lie in the tar file, or what it is a link to. */
export type TarEntry = { offset: number; size: number } | { target: string; symbolic: boolean };

/** The bytes of a tar file from an offset on. */
export interface TarBytes {
  size: number;
  read: (offset: number) => Readable;
}

/** Entries of the largest archive read; images have some hundreds. */
const MAX_ENTRIES = 100_000;
/** Characters of the longest name kept: nothing in an image archive has a longer one. */
const MAX_NAME = 512;
/** Bytes of a tar file's header, of which all its parts are multiples. */
const BLOCK = 512;
/** An entry of more bytes is jumped over rather than read. */
const JUMP = 4 * 1024 * 1024;

/**
 * Reads a tar file's headers; none of its contents is kept.
 *
 * @param where names the archive, for the message
 * @param options.limit the most entries (default: 100,000)
 * @throws DualRegistryError CONTENT_INVALID for what is no tar file, is cut off, or tries to mislead
 */
export async function indexTar(
  file: TarBytes,
  where: string,
  options: { limit?: number; signal?: AbortSignal } = {},
): Promise<ReadonlyMap<string, TarEntry>> {
  const places = new EntryIndex(where, options.limit ?? MAX_ENTRIES);
  let from: number | undefined = 0;
  try {
    while (from !== undefined) from = await readHeaders(file, from, places, options.signal);
  } catch (error) {
    if (error instanceof DualRegistryError || options.signal?.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new DualRegistryError("CONTENT_INVALID", `${where}: not a whole tar file: ${why}`, { cause: error });
  }
  return places.found;
}

/** Reads headers from an offset on. @returns where to go on behind an entry that is jumped over */
async function readHeaders(
  file: TarBytes,
  from: number,
  places: EntryIndex,
  signal?: AbortSignal,
): Promise<number | undefined> {
  let next: number | undefined;
  const tar = extract();
  tar.on("entry", (header, stream, done) => {
    // The archive's own stream tells of its errors.
    stream.on("error", () => undefined);
    try {
      const offset = from + stream.offset + BLOCK;
      places.add(header, offset);
      if (header.size > JUMP) {
        next = offset + Math.ceil(header.size / BLOCK) * BLOCK;
        tar.destroy();
        return;
      }
      stream.on("end", () => {
        done();
      });
      stream.resume();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
  try {
    await pipeline(file.read(from), tar, { ...defined({ signal }) });
  } catch (error) {
    if (next === undefined) throw error;
  }
  if (next !== undefined && next > file.size) throw new Error(`it has ${file.size} of at least ${next} bytes`);
  return next === file.size ? undefined : next;
}

/** What the headers said. */
class EntryIndex {
  readonly found = new Map<string, TarEntry>();
  private count = 0;

  constructor(
    private readonly where: string,
    private readonly limit: number,
  ) {}

  add({ name, type, linkname, size }: Header, offset: number): void {
    this.count += 1;
    if (this.count > this.limit) this.refuse(`more than ${this.limit} entries`);
    const known = tarName(name, this.where);
    const isFile = type === "file" || type === "contiguous-file";
    if (!(isFile || type === "link" || type === "symlink") || known.length > MAX_NAME) return;
    if (this.found.has(known)) this.refuse(`entry ${JSON.stringify(known.slice(0, 200))} is there twice`);
    this.found.set(known, isFile ? { offset, size } : { target: linkname, symbolic: type === "symlink" });
  }

  private refuse(why: string): never {
    throw new DualRegistryError("CONTENT_INVALID", `${this.where}: ${why}; an image archive has no such thing`);
  }
}

/**
 * The name of an entry of a tar file, without `./` and doubled slashes.
 *
 * @throws DualRegistryError CONTENT_INVALID for a name that leads out of the archive
 */
function tarName(name: string, where: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (!name.startsWith("/") && !parts.includes("..")) return parts.join("/");
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${where}: entry ${JSON.stringify(name.slice(0, 200))} leads out of the archive; allowed: names inside it`,
  );
}

/** What a link of a tar file stands for: a hard link says it from the archive's root, a symbolic one from its folder. */
function linkTarget(link: { name: string; target: string; symbolic: boolean }, where: string): string {
  if (!link.symbolic || link.target.startsWith("/")) return tarName(link.target, where);
  const joined = posix.join(posix.dirname(link.name), link.target);
  return tarName(joined, where);
}

/**
 * A part of an open file, in pieces of 1 MiB of which the last may be shorter. Ending it leaves the file open, as
 * Node's own streams do not.
 *
 * @param range.size bytes; where the file ends before, the stream does too
 */
function readRange(handle: FileHandle, range: { offset: number; size: number }): Readable {
  return Readable.from(pieces(handle, range), { objectMode: false, highWaterMark: CHUNK });
}

async function* pieces(handle: FileHandle, { offset, size }: { offset: number; size: number }): AsyncGenerator<Buffer> {
  for (let at = 0; at < size;) {
    const piece = Buffer.allocUnsafeSlow(Math.min(CHUNK, size - at));
    let filled = 0;
    while (filled < piece.length) {
      const { bytesRead } = await handle.read(piece, filled, piece.length - filled, offset + at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    if (filled > 0) yield piece.subarray(0, filled);
    if (filled < piece.length) return;
    at += filled;
  }
}
