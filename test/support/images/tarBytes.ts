import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

/** An entry of a tar file: a file with bytes, or a link. */
export type TarEntry = { name: string; bytes: Buffer } | { name: string; type: "symlink" | "link"; linkname: string };

/** A tar file with these entries in this order, the same bytes on every run. */
export async function tarBytes(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack();
  const written = buffer(tar);
  for (const entry of entries) {
    const header = { name: entry.name, mtime: new Date(0) };
    if ("bytes" in entry) tar.entry({ ...header, size: entry.bytes.length }, entry.bytes);
    else tar.entry({ ...header, type: entry.type, linkname: entry.linkname });
  }
  tar.finalize();
  return written;
}
