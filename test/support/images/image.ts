import { defined } from "../../../src/base/defined";
import { type Descriptor, MEDIA, type Platform } from "../../../src/oci/manifest";
import { type BuiltLayer, layer } from "./layers";
import { type LayoutBuilder, listing, type Listing } from "./layoutBuilder";

/** What an image is to be like. */
export interface ImageOptions extends Listing {
  /** Tells images apart; the same seed makes the same image (default: "image"). */
  seed?: string;
  /** How many layers of its own it has (default: 2). */
  layers?: number;
  /** Bytes of each of them, about (default: 1,000). */
  size?: number;
  /** Layers it begins with, such as those of a base. */
  base?: readonly BuiltLayer[];
  /** Labels in its configuration. */
  labels?: Readonly<Record<string, string>>;
  /** Default: linux/amd64. */
  platform?: Platform;
  annotations?: Readonly<Record<string, string>>;
  subject?: Descriptor;
}

/** An image in a layout. */
export interface BuiltImage {
  descriptor: Descriptor;
  config: Descriptor;
  layers: readonly BuiltLayer[];
}

/** Builds an OCI image; it is listed where it has a tag or a repository. */
export async function image(layout: LayoutBuilder, options: ImageOptions = {}): Promise<BuiltImage> {
  const { seed = "image", layers: count = 2, size = 1000, base = [], tag, repository, annotations, subject } = options;
  const layers = [...base];
  for (let at = 0; at < count; at += 1) layers.push(await layer(layout, `${seed}-${at}`, size));
  const platform = options.platform ?? { os: "linux", architecture: "amd64" };
  const config = await layout.blob(imageConfig(platform, layers, options.labels), MEDIA.ociConfig);
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    config,
    layers: layers.map((one) => one.descriptor),
    ...(subject ? { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } } : {}),
    ...defined({ annotations }),
  };
  return {
    descriptor: await layout.manifest(manifest, MEDIA.ociManifest, listing({ tag, repository })),
    config,
    layers,
  };
}

/** The configuration of an image, as bytes. */
export function imageConfig(
  { os, architecture, variant }: Platform,
  layers: readonly Pick<BuiltLayer, "diffId">[],
  labels: Readonly<Record<string, string>> = {},
): Buffer {
  const config = {
    created: "2024-01-01T00:00:00Z",
    architecture,
    os,
    ...defined({ variant }),
    config: { Labels: labels },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  };
  return Buffer.from(JSON.stringify(config));
}
