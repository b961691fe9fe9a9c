import { attachArtifact } from "../oci/artifact";
import type { ImageTarget, Resolved } from "../oci/imageStore";
import type { Descriptor } from "../oci/manifest";
import { BUNDLE_TYPE, PREDICATE_ANNOTATION } from "./contract";

/**
 * Attaches a bundle to an image as Cosign 3 does: a manifest of the bundle's own type, with the image as its subject.
 *
 * @param predicateType what the bundle's statement says, for readers that look for it
 * @param options `created`: when, ISO 8601; absent by default, so that attaching the same bundle twice is once
 * @throws DualRegistryError what the store answers
 */
export function attachBundle(
  target: ImageTarget,
  subject: Resolved,
  bundle: Buffer,
  predicateType: string,
  options: { created?: string; signal?: AbortSignal } = {},
): Promise<Descriptor> {
  const annotations = {
    "dev.sigstore.bundle.content": "dsse-envelope",
    [PREDICATE_ANNOTATION]: predicateType,
    ...(options.created === undefined ? {} : { "org.opencontainers.image.created": options.created }),
  };
  return attachArtifact(target, { artifactType: BUNDLE_TYPE, bytes: bundle, annotations }, subject, options.signal);
}
