import type { Artifact } from "../oci/artifact";
import { BUNDLE_TYPE, PREDICATE_ANNOTATION } from "./contract";

/**
 * A bundle as it is attached to an image, as Cosign 3 does: of its own type, saying which predicate it holds.
 *
 * @param predicateType what the bundle's statement says, for readers that look for it
 * @param created when, ISO 8601; absent by default, so that attaching the same bundle twice is once
 */
export function bundleArtifact(bundle: Buffer, predicateType: string, created?: string): Artifact {
  const annotations = {
    "dev.sigstore.bundle.content": "dsse-envelope",
    [PREDICATE_ANNOTATION]: predicateType,
    ...(created === undefined ? {} : { "org.opencontainers.image.created": created }),
  };
  return { artifactType: BUNDLE_TYPE, bytes: bundle, annotations };
}
