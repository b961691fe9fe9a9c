import type { Digest } from "../base/digest";
import { readDetails } from "./imageDetails";
import type { ImageSource } from "./imageStore";

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

/**
 * The labels of an image, or of every platform's image of an index: index, manifest, configuration.
 *
 * @throws DualRegistryError as {@link readDetails}
 */
export async function readLabels(source: ImageSource, digest: Digest, signal?: AbortSignal): Promise<ImageLabels[]> {
  const { images } = await readDetails(source, digest, signal);
  return images.map(({ digest: at, config, platform, labels: texts }) => {
    const labels = Object.create(null) as Record<string, string>;
    for (const { name, value, fullLength } of texts) {
      labels[name] = fullLength === undefined ? value : `${value.slice(0, -1)}…`;
    }
    return platform === undefined ? { digest: at, config, labels } : { digest: at, config, platform, labels };
  });
}
