import { type Descriptor, MEDIA } from "../../../src/oci/manifest";
import { type BuiltImage, image, imageConfig } from "./image";
import { bigLayer, type BuiltLayer, layer } from "./layers";
import { type LayoutBuilder, listing, type Listing } from "./layoutBuilder";

/** Images that share what they begin with, as images of one base do. */
export interface FamilyOptions {
  /** How many images (default: 100). */
  count?: number;
  /** Layers of each (default: 10). */
  layers?: number;
  /** How many of them all images have in common (default: 8). */
  shared?: number;
  /** Bytes of the layers in common together (default: 16 MiB). */
  baseBytes?: number;
  /** Bytes of each layer of an image's own (default: 10,000). */
  ownBytes?: number;
  /** Labels of each. */
  labels?: Readonly<Record<string, string>>;
  /** How the image of that number is listed (default: by the tag `v<number>`). */
  name?: (at: number) => Listing;
}

/** Builds a family of images in one layout. */
export async function family(layout: LayoutBuilder, options: FamilyOptions = {}): Promise<readonly BuiltImage[]> {
  const {
    count = 100,
    layers = 10,
    shared = 8,
    baseBytes = 16 * 1024 * 1024,
    ownBytes = 10_000,
    labels = {},
  } = options;
  const name = options.name ?? ((at) => ({ tag: `v${at}` }));
  const base: BuiltLayer[] = [];
  const each = Math.floor(baseBytes / Math.max(shared, 1));
  for (let at = 0; at < shared; at += 1) base.push(await layer(layout, `base-${at}`, each));
  const images: BuiltImage[] = [];
  for (let at = 0; at < count; at += 1) {
    images.push(
      await image(layout, { ...name(at), seed: `member-${at}`, base, labels, layers: layers - shared, size: ownBytes }),
    );
  }
  return images;
}

/** Builds one image of `bytes` in `layers` layers (default: 1), never held in memory. */
export async function bigImage(
  layout: LayoutBuilder,
  { bytes, layers: count = 1, seed = "big", ...listed }: Listing & { bytes: number; layers?: number; seed?: string },
): Promise<Descriptor> {
  const layers: BuiltLayer[] = [];
  for (let at = 0; at < count; at += 1) layers.push(await bigLayer(layout, `${seed}-${at}`, Math.floor(bytes / count)));
  const config = await layout.blob(imageConfig({ os: "linux", architecture: "amd64" }, layers), MEDIA.ociConfig);
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    config,
    layers: layers.map((one) => one.descriptor),
  };
  return layout.manifest(manifest, MEDIA.ociManifest, listing(listed));
}
