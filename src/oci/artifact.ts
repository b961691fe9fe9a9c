import { againIfHurt } from "./againIfHurt";
import { digestOf } from "./digest";
import { Readable } from "node:stream";
import type { ImageTarget, Resolved } from "./imageStore";
import type { Descriptor, Manifest } from "./manifest";
import { MEDIA } from "./mediaTypes";

/** A file that belongs to an image: a scan report, an SBOM, a record. */
export interface Artifact {
  artifactType: string;
  /** Media type of the bytes; the artifact's own type where they are that. */
  mediaType?: string;
  bytes: Buffer;
  annotations?: Readonly<Record<string, string>>;
}

/** The configuration of what has none. Source: OCI image specification 1.1, manifest.md, "Guidance for an empty descriptor". */
export const EMPTY = { bytes: Buffer.from("{}"), digest: digestOf(Buffer.from("{}")) } as const;

/** The manifest that ties an artifact to its subject: equal artifacts give equal bytes, so attaching twice is once. */
export function artifactManifest(artifact: Artifact, subject: Resolved): Manifest {
  const { artifactType, mediaType = artifactType, bytes, annotations } = artifact;
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    artifactType,
    config: { mediaType: MEDIA.empty, digest: EMPTY.digest, size: EMPTY.bytes.length },
    layers: [{ mediaType, digest: digestOf(bytes), size: bytes.length }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    ...(annotations === undefined ? {} : { annotations }),
  };
  const text = Buffer.from(JSON.stringify(manifest));
  return { bytes: text, digest: digestOf(text), mediaType: MEDIA.ociManifest };
}

/**
 * Attaches an artifact to an image: its bytes, then its manifest, which names the image as its subject. What is attached
 * already is left alone: a subject that is locked takes no referrer, also not one that it has.
 */
export async function attachArtifact(
  target: ImageTarget,
  artifact: Artifact,
  subject: Resolved,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const manifest = artifactManifest(artifact, subject);
  const size = manifest.bytes.length;
  const { artifactType, mediaType = artifactType, bytes, annotations } = artifact;
  const options = signal === undefined ? {} : { signal };
  const descriptor: Descriptor = {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size,
    artifactType,
    ...(annotations === undefined ? {} : { annotations }),
  };
  const listed = await target.referrers(subject.digest, signal);
  if (listed.some(({ digest }) => digest === manifest.digest)) return descriptor;
  for (const [type, blob] of [
    [MEDIA.empty, EMPTY.bytes],
    [mediaType, bytes],
  ] as const) {
    const part = { mediaType: type, digest: digestOf(blob), size: blob.length };
    await target.writeBlob(part, (offset) => Promise.resolve(Readable.from([blob.subarray(offset)])), options);
  }
  await target.writeManifest(manifest, options);
  return descriptor;
}

/** The bytes of an artifact's one layer, which are never more than `limit`. */
export async function readSmallBlob(
  source: { blob: ImageTarget["blob"] },
  descriptor: Descriptor,
  limit: number,
): Promise<Buffer | undefined> {
  if (descriptor.size > limit) return undefined;
  return againIfHurt(async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of await source.blob(descriptor)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  });
}
