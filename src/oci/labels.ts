import type { Readable } from "node:stream";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { fieldsOf, parseJson } from "../base/json";
import { retryCorrupted } from "../base/retry";
import type { ImageTree, TreeManifest } from "./copy/tree";
import type { ImageSource } from "./imageStore";
import { type Descriptor, isIndexType, type ManifestContent, MEDIA, platformText, readManifest } from "./manifest";

/** Where an image's source is. Source of these four: OCI image specification 1.1, annotations.md. */
export const LABEL_SOURCE = "org.opencontainers.image.source";
/** The commit. */
export const LABEL_REVISION = "org.opencontainers.image.revision";
export const LABEL_VERSION = "org.opencontainers.image.version";
/** When it was built, RFC 3339. */
export const LABEL_CREATED = "org.opencontainers.image.created";

/** Whether the image is promoted by digest (`portable`) or rebuilt for each stage (`stage-bound`). */
export const LABEL_BINDING = "io.dual-registry.binding";
/** The registry host that is baked into a stage-bound image. */
export const LABEL_REGISTRY_HOST = "io.dual-registry.registry-host";
/** The class the image was built for: secure or standard. */
export const LABEL_CLASS = "io.dual-registry.class";

/** Most images of an index whose labels are read. */
const MAX_PLATFORMS = 64;
/** Bytes of the largest configuration that is read. */
const MAX_CONFIG = 4 * 1024 * 1024;
/** Most labels of one image, and characters of one value, that are kept; the rest is cut. */
export const MAX_LABELS = 512;
export const MAX_LABEL_VALUE = 4096;

/** One image, of an index or alone, and what its configuration says. */
export interface ImageLabels {
  /** The image's manifest. */
  digest: Digest;
  /** Its configuration. */
  config: Digest;
  /** `linux/arm64/v8`; absent where nothing says. */
  platform?: string;
  /** Self-asserted: whoever built the image wrote them. At most 512, each value cut at 4,096 characters. */
  labels: Readonly<Record<string, string>>;
}

const CONFIG_TYPES: readonly string[] = [MEDIA.ociConfig, "application/vnd.docker.container.image.v1+json"];
const DEEPEST_INDEX = 4;

async function allOf(stream: Readable, limit: number, where: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      stream.destroy();
      throw new DualRegistryError(
        "CONTENT_INVALID",
        `${where}: larger than its descriptor says; expected: ${limit} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The labels as they may be kept and shown: texts only, so many, so long. */
function boundedLabels(raw: unknown): Record<string, string> {
  const kept: Record<string, string> = Object.create(null) as Record<string, string>;
  let count = 0;
  for (const [name, value] of Object.entries(fieldsOf(raw))) {
    if (typeof value !== "string" || name.length > 255) continue;
    if (++count > MAX_LABELS) break;
    kept[name] = value.length <= MAX_LABEL_VALUE ? value : `${value.slice(0, MAX_LABEL_VALUE - 1)}…`;
  }
  return kept;
}

async function readConfig(
  source: ImageSource,
  config: Descriptor,
  signal?: AbortSignal,
): Promise<ImageLabels["labels"]> {
  if (!CONFIG_TYPES.includes(config.mediaType)) return {};
  const where = `${source.name}@${config.digest}`;
  if (config.size > MAX_CONFIG) {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${where}: a configuration of ${config.size} bytes; allowed: ${MAX_CONFIG}`,
    );
  }
  const bytes = await retryCorrupted(async () => allOf(await source.blob(config, signal), config.size, where));
  return boundedLabels(fieldsOf(fieldsOf(parseJson(bytes, where))["config"])["Labels"]);
}

/**
 * The labels of an image, or of every platform's image of an index: index, manifest, configuration.
 *
 * @throws DualRegistryError CONTENT_INVALID for more than 64 images, an index nested more than four deep, or a
 * configuration over 4 MiB; NOT_FOUND and DIGEST_MISMATCH as the source does
 */
export async function readLabels(source: ImageSource, digest: Digest, signal?: AbortSignal): Promise<ImageLabels[]> {
  const found = new Map<Digest, ImageLabels>();
  const visited = new Set<Digest>();
  const visit = async (at: Digest, depth: number, platform?: string): Promise<void> => {
    if (visited.has(at)) return;
    visited.add(at);
    if (visited.size > 2 * MAX_PLATFORMS || found.size >= MAX_PLATFORMS || depth > DEEPEST_INDEX) {
      const most = `at most ${MAX_PLATFORMS} images, in indexes nested at most ${DEEPEST_INDEX} deep`;
      throw new DualRegistryError(
        "CONTENT_INVALID",
        `${source.name}@${digest}: too many images in it; allowed: ${most}`,
      );
    }
    const manifest = await source.manifest(at, signal);
    const content = readManifest(manifest, `${source.name}@${at}`);
    if (isIndexType(manifest.mediaType)) {
      for (const child of content.manifests) {
        await visit(child.digest, depth + 1, platformText(child));
      }
    } else if (content.config && !holdsStatements(content)) {
      const labels = await readConfig(source, content.config, signal);
      const entry = { digest: at, config: content.config.digest, labels };
      found.set(at, platform === undefined ? entry : { ...entry, platform });
    }
  };
  await visit(digest, 0);
  return [...found.values()];
}

/** Layers of what describes an image and cannot run: BuildKit's attestations. */
const STATEMENT = "application/vnd.in-toto+json";

/**
 * True for a manifest that holds statements and nothing else. What an index or the manifest itself says of it
 * (annotations, platform, artifact type) is not asked: an image that runs could say the same.
 */
const holdsStatements = ({ layers }: Pick<ManifestContent, "layers">): boolean =>
  layers.length > 0 && layers.every(({ mediaType }) => mediaType === STATEMENT);

/** Everything in a tree that may run: each manifest that is no index, and holds more than statements. */
export const platformsOf = (tree: ImageTree): TreeManifest[] =>
  tree.manifests.filter(({ content }) => content.config !== undefined && !holdsStatements(content));
