import { Readable } from "node:stream";
import { defined } from "../base/defined";
import { type Digest, digestOf } from "../base/digest";
import { allSettled } from "../base/limit";
import { retryCorrupted } from "../base/retry";
import type { ImageTarget, Resolved } from "./imageStore";
import { type Descriptor, type Manifest, MEDIA } from "./manifest";

/** A file that belongs to an image: a scan report, an SBOM, a record. */
export interface Artifact {
  artifactType: string;
  /** Media type of the bytes; the artifact's own type where they are that. */
  mediaType?: string;
  bytes: Buffer;
  annotations?: Readonly<Record<string, string>>;
}

/** The configuration of what has none. Source: OCI image specification 1.1, manifest.md, "Guidance for an empty descriptor". */
const EMPTY = { bytes: Buffer.from("{}"), digest: digestOf(Buffer.from("{}")) } as const;

/** The manifest that ties an artifact to its subject: equal artifacts give equal bytes, so attaching twice is once. */
function artifactManifest(artifact: Artifact, subject: Resolved): Manifest {
  const { artifactType, mediaType = artifactType, bytes, annotations } = artifact;
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    artifactType,
    config: { mediaType: MEDIA.empty, digest: EMPTY.digest, size: EMPTY.bytes.length },
    layers: [{ mediaType, digest: digestOf(bytes), size: bytes.length }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    ...defined({ annotations }),
  };
  const text = Buffer.from(JSON.stringify(manifest));
  return { bytes: text, digest: digestOf(text), mediaType: MEDIA.ociManifest };
}

/** How artifacts are attached. */
export interface AttachOptions {
  /** What refers to the image already, where the caller knows. Default: the target is asked. */
  listed?: readonly Descriptor[];
  /** Blobs that the target is known to have. Default none. */
  blobs?: ReadonlySet<Digest>;
  signal?: AbortSignal;
}

/** What was attached. */
export interface Attached {
  descriptors: readonly Descriptor[];
  /** What nobody finds before `target.list` was called with it. */
  unlisted: readonly Manifest[];
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
  const { unlisted } = await attachUnlisted(target, [artifact], subject, signal === undefined ? {} : { signal });
  if (unlisted.length > 0) await target.list(unlisted, signal);
  return artifactDescriptor(artifact, subject);
}

/** Attaches several artifacts like {@link attachArtifact}, and leaves it to the caller to have them listed in one go. */
export async function attachUnlisted(
  target: ImageTarget,
  artifacts: readonly Artifact[],
  subject: Resolved,
  { listed, blobs: known, signal }: AttachOptions = {},
): Promise<Attached> {
  const there = new Set((listed ?? (await target.referrers(subject.digest, signal))).map(({ digest }) => digest));
  // Bytes of what is not listed are hardly ever there: small ones are sent without a look.
  const options = { look: false, ...defined({ signal }) };
  const attached = artifacts.map((artifact) => ({ artifact, manifest: artifactManifest(artifact, subject) }));
  const fresh = attached.filter(({ manifest }) => !there.has(manifest.digest));
  const blobs = new Map<Digest, readonly [string, Buffer]>();
  if (fresh.length > 0) blobs.set(EMPTY.digest, [MEDIA.empty, EMPTY.bytes]);
  for (const { artifact } of fresh) {
    blobs.set(digestOf(artifact.bytes), [artifact.mediaType ?? artifact.artifactType, artifact.bytes]);
  }
  for (const digest of known ?? []) blobs.delete(digest);
  await allSettled(
    [...blobs].map(async ([digest, [mediaType, bytes]]) => {
      const part = { mediaType, digest, size: bytes.length };
      await target.writeBlob(part, (offset) => Promise.resolve(Readable.from([bytes.subarray(offset)])), options);
    }),
  );
  const written = await allSettled(
    fresh.map(async ({ manifest }) => ((await target.writeUnlisted(manifest, signal)) === "listed" ? [] : [manifest])),
  );
  return { descriptors: artifacts.map((artifact) => artifactDescriptor(artifact, subject)), unlisted: written.flat() };
}

/** An artifact as the list of its subject's referrers shows it. */
export function artifactDescriptor(artifact: Artifact, subject: Resolved): Descriptor {
  const { mediaType, digest, bytes } = artifactManifest(artifact, subject);
  const { artifactType, annotations } = artifact;
  const described = { mediaType, digest, size: bytes.length, artifactType };
  return annotations === undefined ? described : { ...described, annotations };
}

/** The bytes of an artifact's one layer, which are never more than `limit`. */
export async function readSmallBlob(
  source: { blob: ImageTarget["blob"] },
  descriptor: Descriptor,
  limit: number,
): Promise<Buffer | undefined> {
  if (descriptor.size > limit) return undefined;
  return retryCorrupted(async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of await source.blob(descriptor)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  });
}
