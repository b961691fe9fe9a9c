import { z } from "zod";
import { decode } from "../base/decode/decode";
import { type Digest, isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";

/** What points to content. Source: OCI image specification 1.1, descriptor.md. */
export interface Descriptor {
  mediaType: string;
  digest: Digest;
  /** Bytes. */
  size: number;
  annotations?: Readonly<Record<string, string>>;
  artifactType?: string;
  platform?: Platform;
}

export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
  "os.version"?: string;
}

/** `linux/arm64/v8`, cut at 100 characters; undefined where nothing says. */
export function platformText({ platform: on }: Pick<Descriptor, "platform">): string | undefined {
  if (!on) return undefined;
  return [on.os, on.architecture, on.variant]
    .filter((part) => part !== undefined)
    .join("/")
    .slice(0, 100);
}

/** A manifest as its bytes are: they are what the digest is of, and they are never written anew. */
export interface Manifest {
  bytes: Buffer;
  digest: Digest;
  mediaType: string;
}

/** What a manifest says, fields that this project does not know left out. */
export interface ManifestContent {
  /** Manifests of an index; empty for an image. */
  manifests: readonly Descriptor[];
  /** The configuration of an image; absent for an index. */
  config?: Descriptor;
  layers: readonly Descriptor[];
  subject?: Descriptor;
  artifactType?: string;
  annotations: Readonly<Record<string, string>>;
}

/** Bytes of the largest manifest read: registries take no larger ones (distribution specification: 4 MiB). */
export const MAX_MANIFEST = 4 * 1024 * 1024;

const strings = z.record(z.string(), z.string());
const platform = z
  .object({
    os: z.string(),
    architecture: z.string(),
    variant: z.string().optional(),
    "os.version": z.string().optional(),
  })
  .transform((value) => value as Platform);

/** A descriptor as a registry sends it. */
export const descriptorSchema = z
  .object({
    mediaType: z.string().max(255),
    digest: z.string().refine(isDigest, "no digest"),
    size: z.number().int().nonnegative(),
    annotations: strings.nullish(),
    artifactType: z.string().max(255).nullish(),
    platform: platform.nullish(),
  })
  .transform((raw): Descriptor => {
    const { annotations, artifactType, platform: on, ...rest } = raw;
    return {
      ...rest,
      ...(annotations ? { annotations } : {}),
      ...(artifactType ? { artifactType } : {}),
      ...(on ? { platform: on } : {}),
    };
  });

const content = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().nullish(),
  artifactType: z.string().nullish(),
  config: descriptorSchema.nullish(),
  layers: z.array(descriptorSchema).nullish(),
  manifests: z.array(descriptorSchema).nullish(),
  subject: descriptorSchema.nullish(),
  annotations: strings.nullish(),
});

/**
 * What a manifest's bytes say.
 *
 * @param where names the manifest, for the message
 * @throws DualRegistryError CONTENT_INVALID for what is no manifest of its media type
 */
export function readManifest({ bytes, mediaType }: Manifest, where: string): ManifestContent {
  const refuse = (why: string): never => {
    throw new DualRegistryError("CONTENT_INVALID", `${where}: not a manifest of type ${mediaType}: ${why}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch {
    return refuse("it is not JSON");
  }
  const read = decode(content, json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const path = issue?.path.map(String).join(".") ?? "";
    return refuse(`${/^[\w.]{1,100}$/.test(path) ? path : quoted(path)}: ${issue?.message ?? "unreadable"}`);
  }
  const { manifests, config, layers, subject, artifactType, annotations } = read.data;
  if (read.data.mediaType && read.data.mediaType !== mediaType) {
    return refuse(`it calls itself ${quoted(read.data.mediaType)}`);
  }
  // A document that could be read as an index and as an image is neither (CVE-2021-41190).
  if (isIndexType(mediaType) ? (config ?? layers) : manifests) return refuse("it is an index and an image at once");
  if (!isIndexType(mediaType) && !config) return refuse("config: missing");
  if (isIndexType(mediaType) && !manifests) return refuse("manifests: missing");
  return {
    manifests: manifests ?? [],
    layers: layers ?? [],
    annotations: annotations ?? {},
    ...(config ? { config } : {}),
    ...(subject ? { subject } : {}),
    ...(artifactType ? { artifactType } : {}),
  };
}

/** Media types this project reads or writes. Sources: OCI image specification 1.1, media-types.md; Docker schema 2. */
export const MEDIA = {
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociLayer: "application/vnd.oci.image.layer.v1.tar",
  ociLayerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  empty: "application/vnd.oci.empty.v1+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
} as const;

/** What a manifest is asked for as; anything else is refused. */
export const MANIFEST_TYPES: readonly string[] = [
  MEDIA.ociIndex,
  MEDIA.ociManifest,
  MEDIA.dockerIndex,
  MEDIA.dockerManifest,
];

/** True for a list of manifests. */
export const isIndexType = (mediaType: string): boolean =>
  mediaType === MEDIA.ociIndex || mediaType === MEDIA.dockerIndex;

/** Layers whose bytes need not be in the registry: their descriptor says from where else. */
export const isForeignLayer = (mediaType: string): boolean =>
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.|docker\.image\.rootfs\.foreign\.)/.test(mediaType);

/**
 * The media type of a manifest that is known by its digest alone. Its own field says it; OCI lets it be left out, and
 * then its other fields tell an index from an image. Undefined for what is no manifest.
 */
export function manifestType(bytes: Buffer): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null) return undefined;
  if (!("schemaVersion" in json) || json.schemaVersion !== 2) return undefined;
  const isIndex = "manifests" in json;
  if (isIndex === "config" in json) return undefined;
  if (!("mediaType" in json)) return isIndex ? MEDIA.ociIndex : MEDIA.ociManifest;
  const { mediaType } = json;
  if (typeof mediaType !== "string" || !MANIFEST_TYPES.includes(mediaType)) return undefined;
  return isIndexType(mediaType) === isIndex ? mediaType : undefined;
}

/** What a document without a type of its own is called: then its own fields say what it is. */
const GENERIC_TYPES: readonly string[] = [
  "",
  "application/json",
  "application/octet-stream",
  "text/json",
  "text/plain",
];

/** True for a media type that says nothing of a document but that it is one. */
export const isGenericType = (mediaType: string): boolean => GENERIC_TYPES.includes(mediaType);

/** A manifest of a type that this project does not read, such as the artifact manifest that OCI took back. */
export class UnreadManifestError extends DualRegistryError {
  constructor(
    where: string,
    readonly mediaType: string,
  ) {
    const allowed = MANIFEST_TYPES.join(", ");
    super("CONTENT_INVALID", `${where}: media type ${quoted(mediaType)} is not a manifest's; allowed: ${allowed}`);
  }
}
