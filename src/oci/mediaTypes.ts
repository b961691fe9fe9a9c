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
