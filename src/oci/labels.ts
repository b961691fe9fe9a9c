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
export const MAX_PLATFORMS = 64;
/** Bytes of the largest configuration that is read. */
export const MAX_CONFIG = 4 * 1024 * 1024;
/** Most labels of one image, and characters of one value, that are kept; the rest is cut. */
export const MAX_LABELS = 512;
export const MAX_LABEL_VALUE = 4096;
