import type { ImageSource, ImageTarget } from "../../../src/oci/imageStore";
import { type Descriptor, isForeignLayer, readManifest } from "../../../src/oci/manifest";

/** Copies a manifest and all below it, in the plainest way: contained manifests, then blobs, then the manifest itself. */
export async function copyImage(from: ImageSource, to: ImageTarget, reference: string, tag?: string): Promise<void> {
  const manifest = await from.manifest(reference);
  const { manifests, config, layers } = readManifest(manifest, reference);
  for (const child of manifests) await copyImage(from, to, child.digest);
  const blobs: readonly Descriptor[] = [...(config ? [config] : []), ...layers];
  for (const blob of blobs) {
    if (!isForeignLayer(blob.mediaType)) await to.writeBlob(blob, () => from.blob(blob));
  }
  await to.writeManifest(manifest, tag === undefined ? {} : { tag });
}
