import { type Descriptor, MEDIA } from "../../../src/oci/manifest";
import { imageConfig } from "./image";
import type { LayoutBuilder } from "./layoutBuilder";

/** What BuildKit puts beside an image: statements about it, in an image that cannot run. */
export async function attestation(
  layout: LayoutBuilder,
  seed = "attestation",
  said: { predicateType?: string; predicate?: unknown } = {},
): Promise<Descriptor> {
  const json = Buffer.from(JSON.stringify({ _type: seed, ...said }));
  const annotations = said.predicateType && { "in-toto.io/predicate-type": said.predicateType };
  const statement = {
    ...(await layout.blob(json, "application/vnd.in-toto+json")),
    ...(annotations && { annotations }),
  };
  const config = await layout.blob(imageConfig({ os: "unknown", architecture: "unknown" }, []), MEDIA.ociConfig);
  const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: [statement] };
  return layout.manifest(manifest, MEDIA.ociManifest);
}

/** How an index lists what BuildKit puts beside an image; nothing keeps an index from listing anything so. */
export const AS_ATTESTATION = {
  platform: { os: "unknown", architecture: "unknown" },
  annotations: { "vnd.docker.reference.type": "attestation-manifest" },
} as const;
