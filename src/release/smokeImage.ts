import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { DualRegistryError } from "../errors";
import { digestOf, matchesDigest } from "../oci/digest";
import type { ImageTarget } from "../oci/imageStore";
import type { Descriptor, Manifest } from "../oci/manifest";
import { MEDIA } from "../oci/mediaTypes";

/** An image of a few bytes. */
export interface TinyImage {
  blobs: readonly { descriptor: Descriptor; bytes: Buffer }[];
  manifest: Manifest;
}

/** An image that no other run makes: a smoke test must not pass on what an earlier one left. */
export function tinyImage(): TinyImage {
  const layer = randomBytes(64);
  const config = Buffer.from(
    JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [digestOf(layer)] } }),
  );
  const described = (mediaType: string, bytes: Buffer) => ({
    bytes,
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
  });
  const blobs = [described(MEDIA.ociConfig, config), described(MEDIA.ociLayer, layer)];
  const [first, second] = blobs.map(({ descriptor }) => descriptor);
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config: first, layers: [second] }),
  );
  return { blobs, manifest: { bytes, digest: digestOf(bytes), mediaType: MEDIA.ociManifest } };
}

/** Pushes it by its digest: no tag is taken. */
export async function pushTiny(target: ImageTarget, { blobs, manifest }: TinyImage): Promise<void> {
  for (const { descriptor, bytes } of blobs) {
    await target.writeBlob(descriptor, (offset) => Promise.resolve(Readable.from([bytes.subarray(offset)])));
  }
  await target.writeManifest(manifest);
}

/** Pulls it and compares every byte. @throws DualRegistryError DIGEST_MISMATCH */
export async function pullTiny(target: ImageTarget, { blobs, manifest }: TinyImage): Promise<void> {
  const pulled = await target.manifest(manifest.digest);
  const chunks: Buffer[] = [];
  for (const { descriptor } of blobs) {
    for await (const chunk of await target.blob(descriptor)) chunks.push(chunk as Buffer);
  }
  const same = Buffer.concat(chunks).equals(Buffer.concat(blobs.map(({ bytes }) => bytes)));
  if (same && matchesDigest(pulled.bytes, manifest.digest)) return;
  throw new DualRegistryError("DIGEST_MISMATCH", `${target.name}: what was pulled is not what was pushed`);
}

/** Deletes it and sees that it is gone. @throws DualRegistryError REGISTRY_REFUSED */
export async function deleteTiny(target: ImageTarget, { manifest }: TinyImage): Promise<void> {
  await target.delete(manifest.digest);
  if ((await target.resolve(manifest.digest)) === undefined) return;
  throw new DualRegistryError("REGISTRY_REFUSED", `${target.name}@${manifest.digest} was deleted and is still there`);
}
