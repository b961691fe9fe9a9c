import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";
import { DualRegistryError } from "../../errors";
import { tarName } from "./tarName";

/** Where an entry's bytes lie in the tar file, or what it is a link to. */
export type TarPlace = { offset: number; size: number } | { target: string; symbolic: boolean };

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
): Promise<ReadonlyMap<string, TarPlace>> {
  const places = new Places(where, options.limit ?? MAX_ENTRIES);
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
  places: Places,
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
    await pipeline(file.read(from), tar, { ...(signal ? { signal } : {}) });
  } catch (error) {
    if (next === undefined) throw error;
  }
  if (next !== undefined && next > file.size) throw new Error(`it has ${file.size} of at least ${next} bytes`);
  return next === file.size ? undefined : next;
}

/** What the headers said. */
class Places {
  readonly found = new Map<string, TarPlace>();
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
