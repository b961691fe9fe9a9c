import type { ImageTree, TreeManifest } from "./copy/tree";

/** What marks a manifest of an index that describes another one and is no platform: BuildKit's attestations. */
const DESCRIBES = "vnd.docker.reference.type";

/** The images of a tree that can run, one a platform; attestations and artifacts left out. */
export function platformsOf(tree: ImageTree): TreeManifest[] {
  const beside = new Set(
    tree.manifests.flatMap(({ content }) =>
      content.manifests
        .filter(({ annotations, platform }) => annotations?.[DESCRIBES] !== undefined || platform?.os === "unknown")
        .map(({ digest }) => digest),
    ),
  );
  return tree.manifests.filter(
    ({ content, digest }) =>
      content.config !== undefined &&
      !beside.has(digest) &&
      content.artifactType === undefined &&
      /\.(?:image\.config|container\.image)\.v1\+json$/.test(content.config.mediaType),
  );
}
