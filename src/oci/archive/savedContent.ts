import { Readable } from "node:stream";
import type { Digest } from "../digest";
import type { LayoutContent, StoredBlob } from "../layout/layoutContent";
import { EMPTY_INDEX, formatIndex, type RawEntry } from "../layout/layoutIndex";
import { savedConfig, type SavedConfig, type SavedImage } from "./dockerFiles";
import { SavedLayers } from "./savedLayers";
import { savedConfigBlob, savedEntries, savedManifest } from "./savedManifest";
import type { TarFile } from "./tarFile";

/** What compression did to the layers it was needed for, each once: bytes before and after. */
export interface CompressionStats {
  uncompressed: number;
  compressed: number;
}

/**
 * Makes images of a docker archive ready to be read as a layout: OCI manifests over the configurations as they are.
 *
 * @param options.folder where compressed layers are written; whoever gives it removes it
 * @throws DualRegistryError CONTENT_INVALID, DIGEST_MISMATCH
 */
export async function savedContent(
  tar: TarFile,
  images: readonly SavedImage[],
  options: { folder: string; signal?: AbortSignal },
): Promise<{ content: LayoutContent; stats: CompressionStats }> {
  const layers = new SavedLayers(tar, options.folder);
  const read: { image: SavedImage; config: SavedConfig; keys: readonly string[] }[] = [];
  for (const image of images) {
    const config = await savedConfig(tar, image);
    read.push({ image, config, keys: layers.add(image, config) });
  }
  await layers.prepare(options.signal);
  const blobs = new Map<Digest, StoredBlob>();
  const entries: RawEntry[] = [];
  for (const { image, config, keys } of read) {
    const own = await savedConfigBlob(tar, image);
    const manifest = savedManifest(
      own.descriptor,
      keys.map((key) => layers.get(key).descriptor),
    );
    blobs.set(own.descriptor.digest, inMemory(own.bytes)).set(manifest.digest, inMemory(manifest.bytes));
    entries.push(...savedEntries(manifest, image.names, config));
  }
  for (const { descriptor, stored } of layers.all()) blobs.set(descriptor.digest, stored);
  const index = formatIndex({ ...EMPTY_INDEX, entries }, tar.name);
  const content: LayoutContent = {
    name: tar.name,
    index: () => Promise.resolve(index),
    open: (digest) => Promise.resolve(blobs.get(digest)),
  };
  return { content, stats: statsOf(layers) };
}

function statsOf(layers: SavedLayers): CompressionStats {
  const stats = { uncompressed: 0, compressed: 0 };
  for (const { descriptor, uncompressed } of layers.all()) {
    if (uncompressed === undefined) continue;
    stats.uncompressed += uncompressed;
    stats.compressed += descriptor.size;
  }
  return stats;
}

const inMemory = (bytes: Buffer): StoredBlob => ({ size: bytes.length, read: () => Readable.from([bytes]) });
