import { defined } from "../../../src/base/defined";
import { type Descriptor, MEDIA } from "../../../src/oci/manifest";
import { image, imageConfig } from "./image";
import { indexOf } from "./indexes";
import { layer } from "./layers";
import { type LayoutBuilder, listing, type Listing } from "./layoutBuilder";
import { seededBytes } from "./seededBytes";

const AMD64 = { os: "linux", architecture: "amd64" };

/** A Docker schema 2 manifest. */
export async function dockerImage(layout: LayoutBuilder, listed: Listing = {}): Promise<Descriptor> {
  const base = await layer(layout, "docker", 1000);
  const config = await layout.blob(imageConfig(AMD64, [base]), "application/vnd.docker.container.image.v1+json");
  const layers = [{ ...base.descriptor, mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip" }];
  const manifest = { schemaVersion: 2, mediaType: MEDIA.dockerManifest, config, layers };
  return layout.manifest(manifest, MEDIA.dockerManifest, listing(listed));
}

/** A Docker schema 2 manifest list of one platform. */
export async function dockerList(layout: LayoutBuilder, listed: Listing = {}): Promise<Descriptor> {
  const manifests = [{ ...(await dockerImage(layout)), platform: AMD64 }];
  return indexOf(layout, manifests, listing(listed), MEDIA.dockerIndex);
}

/** An artifact without layers of its own: empty configuration and the empty layer. */
export async function artifact(
  layout: LayoutBuilder,
  options: Listing & { subject?: Descriptor; artifactType?: string; annotations?: Record<string, string> } = {},
): Promise<Descriptor> {
  const empty = await layout.blob(Buffer.from("{}"), MEDIA.empty);
  const { subject, artifactType = "application/vnd.example.note", annotations } = options;
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    artifactType,
    config: empty,
    layers: [empty],
    ...(subject ? { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } } : {}),
    ...defined({ annotations }),
  };
  const listed = listing(options) ?? (subject ? {} : undefined);
  return layout.manifest(manifest, MEDIA.ociManifest, listed);
}

/** An artifact that has an empty list of layers. */
export async function bareArtifact(layout: LayoutBuilder, listed: Listing = {}): Promise<Descriptor> {
  const config = await layout.blob(Buffer.from("{}"), MEDIA.empty);
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    artifactType: "application/vnd.example.note",
    config,
    layers: [],
  };
  return layout.manifest(manifest, MEDIA.ociManifest, listing(listed));
}

/** An image of one layer with bytes and media type as given. */
async function oneLayer(layout: LayoutBuilder, descriptor: object, listed: Listing): Promise<Descriptor> {
  const { config } = await image(layout, { seed: "odd", layers: 1 });
  const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: [descriptor] };
  return layout.manifest(manifest, MEDIA.ociManifest, listing(listed));
}

/** An image with a layer that begins as zstd does; no more than the beginning is true. */
export async function zstdImage(layout: LayoutBuilder, listed: Listing = {}): Promise<Descriptor> {
  const bytes = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), seededBytes("zstd", 1000)]);
  return oneLayer(layout, await layout.blob(bytes, "application/vnd.oci.image.layer.v1.tar+zstd"), listed);
}

/** An image with a layer that is to be had elsewhere, and not in the layout. */
export function foreignImage(layout: LayoutBuilder, listed: Listing = {}): Promise<Descriptor> {
  const mediaType = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
  const digest = `sha256:${"f0".repeat(32)}`;
  return oneLayer(layout, { mediaType, digest, size: 1000, urls: ["https://example.com/layer"] }, listed);
}

/** An image with a layer of no bytes. */
export async function zeroLengthImage(layout: LayoutBuilder, listed: Listing = {}): Promise<Descriptor> {
  return oneLayer(layout, await layout.blob(Buffer.alloc(0), MEDIA.ociLayer), listed);
}

/** An image whose manifest has unknown fields, an odd order and odd spaces: its bytes must be kept. */
export async function oddlySpacedImage(layout: LayoutBuilder, listed: Listing = {}): Promise<Descriptor> {
  const { config, layers } = await image(layout, { seed: "spaced", layers: 1 });
  const text =
    `\n{ "layers":${JSON.stringify(
      layers.map((one) => one.descriptor),
      undefined,
      3,
    )},\t"x-unknown" : {"b":1.50,"a":[ ]},\r\n` +
    `"config": ${JSON.stringify({ "x-more": null, ...config })} ,"mediaType":"${MEDIA.ociManifest}",  "schemaVersion":2 }\n\n`;
  return layout.manifest(Buffer.from(text), MEDIA.ociManifest, listing(listed));
}
