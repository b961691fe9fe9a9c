import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { type Digest, digestOf } from "../../../src/base/digest";
import { type Descriptor, MEDIA } from "../../../src/oci/manifest";
import type { LayoutBuilder } from "./layoutBuilder";
import { seededBytes, seededChunks } from "./seededBytes";
import { tarBytes } from "./tarBytes";

/** A layer in a layout, and the digest of its tar before compression. */
export interface BuiltLayer {
  descriptor: Descriptor;
  diffId: Digest;
}

/** The tar of a layer: one file of `size` bytes. */
export const layerTar = (seed: string, size: number): Promise<Buffer> =>
  tarBytes([{ name: `data/${seed}`, bytes: seededBytes(seed, size) }]);

/** A layer of about `size` bytes: a gzip of a tar, stored rather than squeezed, since its bytes would not shrink. */
export async function layer(layout: LayoutBuilder, seed: string, size: number): Promise<BuiltLayer> {
  const tar = await layerTar(seed, size);
  const descriptor = await layout.blob(gzipSync(tar, { level: 0 }), MEDIA.ociLayerGzip);
  return { descriptor, diffId: digestOf(tar) };
}

/** The same, written as it is made: for layers that should not be held in memory. */
export async function bigLayer(layout: LayoutBuilder, seed: string, size: number): Promise<BuiltLayer> {
  const [tarHash, hash] = [createHash("sha256"), createHash("sha256")];
  const tar = pack();
  const entry = tar.entry({ name: `data/${seed}`, size, mtime: new Date(0) });
  Readable.from(seededChunks(seed, size)).pipe(entry);
  entry.on("finish", () => {
    tar.finalize();
  });
  const partial = join(layout.dir, "blobs", "partial");
  await pipeline(
    Readable.from(tar),
    tapped((chunk) => tarHash.update(chunk)),
    createGzip({ level: 0, chunkSize: 1024 * 1024 }),
    tapped((chunk) => hash.update(chunk)),
    createWriteStream(partial),
  );
  const digest: Digest = `sha256:${hash.digest("hex")}`;
  await rename(partial, layout.pathOf(digest));
  const descriptor = { mediaType: MEDIA.ociLayerGzip, digest, size: (await stat(layout.pathOf(digest))).size };
  return { descriptor, diffId: `sha256:${tarHash.digest("hex")}` };
}

function tapped(see: (chunk: Buffer) => unknown) {
  return async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      see(chunk);
      yield chunk;
    }
  };
}
