import { type Descriptor, MEDIA, type Platform } from "../../../src/oci/manifest";
import { type BuiltImage, image, type ImageOptions } from "./image";
import { type LayoutBuilder, listing, type Listing } from "./layoutBuilder";

/** The platforms that an index has where none are asked for. */
export const FIVE_PLATFORMS: readonly Platform[] = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64", variant: "v8" },
  { os: "linux", architecture: "arm", variant: "v7" },
  { os: "linux", architecture: "s390x" },
  { os: "windows", architecture: "amd64", "os.version": "10.0.20348.2227" },
];

/** An index in a layout, and what it contains. */
export interface BuiltIndex {
  descriptor: Descriptor;
  images: readonly BuiltImage[];
}

/** Builds an index with an image for each platform (default: five). */
export async function index(
  layout: LayoutBuilder,
  options: Omit<ImageOptions, "platform"> & { platforms?: readonly Platform[] } = {},
): Promise<BuiltIndex> {
  const { seed = "index", platforms = FIVE_PLATFORMS, tag, repository, ...rest } = options;
  const images: BuiltImage[] = [];
  for (const [at, platform] of platforms.entries()) {
    images.push(await image(layout, { ...rest, seed: `${seed}-${at}`, platform }));
  }
  const manifests = images.map(({ descriptor }, at) => ({ ...descriptor, platform: platforms[at] }));
  return { descriptor: await indexOf(layout, manifests, listing({ tag, repository })), images };
}

/** Builds an index that contains an index and an image. */
export async function nestedIndex(layout: LayoutBuilder, options: ImageOptions = {}): Promise<BuiltIndex> {
  const { tag, repository, seed = "nested", ...rest } = options;
  const inner = await index(layout, { ...rest, seed: `${seed}-inner`, platforms: FIVE_PLATFORMS.slice(0, 2) });
  const beside = await image(layout, { ...rest, seed: `${seed}-beside` });
  const descriptor = await indexOf(layout, [inner.descriptor, beside.descriptor], listing({ tag, repository }));
  return { descriptor, images: [...inner.images, beside] };
}

/** Builds an index of given manifests. */
export function indexOf(
  layout: LayoutBuilder,
  manifests: readonly object[],
  listed?: Listing,
  mediaType: string = MEDIA.ociIndex,
): Promise<Descriptor> {
  return layout.manifest({ schemaVersion: 2, mediaType, manifests }, mediaType, listed);
}
