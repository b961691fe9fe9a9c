import type { Readable } from "node:stream";
import { fieldsOf, parseJson } from "../boundedFile";
import { DualRegistryError } from "../errors";
import { againIfHurt } from "./againIfHurt";
import type { Digest } from "./digest";
import type { ImageSource } from "./imageStore";
import { MAX_CONFIG, MAX_LABELS, MAX_LABEL_VALUE, MAX_PLATFORMS } from "./labels";
import { readManifest, type Descriptor } from "./manifest";
import { isIndexType, MEDIA } from "./mediaTypes";
import { holdsStatements } from "./platforms";

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
  const bytes = await againIfHurt(async () => allOf(await source.blob(config, signal), config.size, where));
  return boundedLabels(fieldsOf(fieldsOf(parseJson(bytes, where))["config"])["Labels"]);
}

function platformText({ platform }: Descriptor): string | undefined {
  if (!platform) return undefined;
  return [platform.os, platform.architecture, platform.variant]
    .filter((part) => part !== undefined)
    .join("/")
    .slice(0, 100);
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
