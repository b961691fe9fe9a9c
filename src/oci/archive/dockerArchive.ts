import { Readable } from "node:stream";
import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { defined } from "../../base/defined";
import { type Digest, digestOf, isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import type { LayoutContent, StoredBlob } from "../layout/layoutContent";
import { EMPTY_INDEX, formatIndex, nameAnnotations, newEntry, type RawEntry, splitName } from "../layout/layoutIndex";
import { type Descriptor, type Manifest, MAX_MANIFEST, MEDIA, type Platform } from "../manifest";
import { SavedLayers } from "./savedLayers";
import type { TarFile } from "./tarFile";

/** An image of `manifest.json`. Source: Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset". */
export interface SavedImage {
  /** Entry of the configuration. */
  config: string;
  /** Such as `orders/api:v1`. */
  names: readonly string[];
  /** Entries of the layers, base first. */
  layers: readonly string[];
}

const manifestFile = z.array(
  z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()).nullish() }),
);

/** The images that a docker archive says it holds. @throws DualRegistryError CONTENT_INVALID */
export async function savedImages(tar: TarFile): Promise<readonly SavedImage[]> {
  const images = await readJson(tar, "manifest.json", manifestFile);
  return images.map(({ Config, RepoTags, Layers }) => ({
    config: Config,
    names: RepoTags ?? [],
    layers: Layers ?? [],
  }));
}

const configFile = z.object({
  os: z.string().nullish(),
  architecture: z.string().nullish(),
  variant: z.string().nullish(),
  rootfs: z.object({
    type: z.literal("layers"),
    diff_ids: z.array(z.string().refine(isDigest, "no digest")).nullish(),
  }),
});

/** What an image's configuration says that its manifest is made with. */
type SavedConfig = z.infer<typeof configFile>;

/** An image's configuration, its layers as many as the image's. @throws DualRegistryError CONTENT_INVALID */
async function savedConfig(tar: TarFile, { config, layers }: SavedImage): Promise<SavedConfig> {
  const read = await readJson(tar, config, configFile);
  const count = read.rootfs.diff_ids?.length ?? 0;
  if (count === layers.length) return read;
  const why = `${count} diff_ids for ${layers.length} layers; allowed: one for each`;
  throw new DualRegistryError("CONTENT_INVALID", `${tar.name}: ${JSON.stringify(config)}: ${why}`);
}

async function readJson<T>(tar: TarFile, entry: string, schema: z.ZodType<T>): Promise<T> {
  const bytes = await tar.small(entry, MAX_MANIFEST);
  const refuse = (why: string): never => {
    throw new DualRegistryError("CONTENT_INVALID", `${tar.name}: ${JSON.stringify(entry.slice(0, 200))}: ${why}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch {
    return refuse("not JSON");
  }
  const read = decode(schema, json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  return refuse(`${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}`);
}

/** The configuration's descriptor and bytes, untouched. @throws DualRegistryError DIGEST_MISMATCH where its name lies */
async function savedConfigBlob(
  tar: TarFile,
  { config }: SavedImage,
): Promise<{ descriptor: Descriptor; bytes: Buffer }> {
  const bytes = await tar.small(config, MAX_MANIFEST);
  const digest = digestOf(bytes);
  const said = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(config)?.[1];
  if (said === undefined || digest === `sha256:${said}`) {
    return { descriptor: { mediaType: MEDIA.ociConfig, digest, size: bytes.length }, bytes };
  }
  throw new DualRegistryError("DIGEST_MISMATCH", `${tar.name}: entry ${JSON.stringify(config)} has digest ${digest}`);
}

/** The OCI manifest of an image: the same bytes for the same configuration and layers. */
function savedManifest(config: Descriptor, layers: readonly Descriptor[]): Manifest {
  const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { bytes, digest: digestOf(bytes), mediaType: MEDIA.ociManifest };
}

/** Entries of `index.json`: one for each of the image's names, or one without. */
function savedEntries(
  { bytes, digest, mediaType }: Manifest,
  names: readonly string[],
  config: SavedConfig,
): RawEntry[] {
  const platform = platformOf(config);
  const listed: Descriptor = { mediaType, digest, size: bytes.length, ...defined({ platform }) };
  if (names.length === 0) return [newEntry(listed)];
  return names.map((name) => newEntry({ ...listed, annotations: nameAnnotations(splitName(name), digest) }));
}

function platformOf({ os, architecture, variant }: SavedConfig): Platform | undefined {
  if (!os || !architecture) return undefined;
  return { os, architecture, ...(variant ? { variant } : {}) };
}

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
    read.push({ image, config, keys: layers.add(image.layers, config.rootfs.diff_ids ?? []) });
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
